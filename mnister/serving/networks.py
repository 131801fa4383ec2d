"""The digit network itself, asked by many at once: what waits while it works goes in together.

A few digits are classified where requests are understood, more of them in a thread beside it. A
thread that wants to go on while another runs Python waits up to 5 ms for it, at every step: with 8
clients for one digit of `compact` (65 µs) each, 60 and 100 requests/s came by way of a thread, 125
and 123 without it, in turns on two busy cores.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mnister.errors import UserError
from mnister.models.load import load_network
from mnister.models.runtimes import Classifier
from mnister.models.store import ExportedModel
from mnister.serving.answers import Refused

MOST_TOGETHER = 64  # digits: twice as many take twice as long
_MOST_WAITING = 20_000  # digits
_KEPT = 8  # networks
_SOON = 0.005  # seconds: what takes no longer keeps other requests waiting no longer than a thread


class Networks:
    """Runs the networks of exported versions, each loaded when it is first asked for.

    Args:
        runtime: `litert` or `saved_model`.
        threads: Of LiteRT, for one batch.
        note: Is told how many digits a network was given at once.
    """

    def __init__(self, runtime: str, threads: int, note: Callable[[int], None]) -> None:
        self._runtime, self._threads, self._note = runtime, threads, note
        self._batchers: OrderedDict[str, _Batcher] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, "mnister-network")

    async def predict(self, model: ExportedModel, images: np.ndarray) -> np.ndarray:
        """Classify images.

        Args:
            model: A verified version.
            images: uint8 (N, 28, 28, 1), white on black.

        Returns:
            float32 (N, classes).

        Raises:
            Refused: 503, too many wait already.
        """
        return await self._batcher(model).predict(images)

    def _batcher(self, model: ExportedModel) -> "_Batcher":
        key = str(model.path)
        if key not in self._batchers:
            self._batchers[key] = _Batcher(lambda: self._load(model), self._thread, self._note)
            if len(self._batchers) > _KEPT:
                self._batchers.popitem(last=False)
        self._batchers.move_to_end(key)
        return self._batchers[key]

    def _load(self, model: ExportedModel) -> Classifier:
        return load_network(model, self._runtime, batch_size=MOST_TOGETHER, threads=self._threads)

    def close(self) -> None:
        """Wait for no more answers."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class _Batcher:
    """Gives a network what has come since it was last given something.

    Nobody waits for a batch to fill: alone, a request goes in at once; under load, batches grow by
    themselves, as requests come while the network works. For the network itself, two digits at
    once take twice as long as one, and another number of them than before 20 µs more.
    """

    def __init__(
        self,
        load: Callable[[], Classifier],
        thread: ThreadPoolExecutor,
        note: Callable[[int], None],
    ) -> None:
        self._load, self._thread, self._note = load, thread, note
        self._classifier: Classifier | None = None
        self._seconds = float("inf")  # for one digit, as it was last
        self._waiting: deque[tuple[np.ndarray, asyncio.Future]] = deque()
        self._digits = 0  # that wait
        self._working: asyncio.Task | None = None

    async def predict(self, images: np.ndarray) -> np.ndarray:
        if self._digits and self._digits + len(images) > _MOST_WAITING:
            busy = UserError("The network is busy", received=f"{self._digits:,} digits wait")
            raise Refused(503, busy, {"Retry-After": "1"})
        answer: asyncio.Future = asyncio.get_running_loop().create_future()
        self._waiting.append((images, answer))
        self._digits += len(images)
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        """Ask the network until nothing waits any more."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            images, answers = self._take()
            count = sum(map(len, images))
            self._note(count)
            try:
                if count * self._seconds < _SOON:
                    probabilities = self._ask(images)
                    await asyncio.sleep(0)  # what has come meanwhile goes in together next
                else:
                    probabilities = await loop.run_in_executor(self._thread, self._ask, images)
            except Exception as error:
                probabilities = error
            start = 0
            for part, answer in zip(images, answers, strict=True):
                if answer.done():  # its caller is gone
                    pass
                elif isinstance(probabilities, Exception):
                    answer.set_exception(probabilities)
                else:
                    answer.set_result(probabilities[start : start + len(part)])
                start += len(part)
        self._working = None

    def _take(self) -> tuple[list[np.ndarray], list[asyncio.Future]]:
        """Take what goes in together: requests in their order, up to the most, or a large one."""
        images, answers, count = [], [], 0
        while self._waiting and (not count or count + len(self._waiting[0][0]) <= MOST_TOGETHER):
            part, answer = self._waiting.popleft()
            images.append(part)
            answers.append(answer)
            count += len(part)
        self._digits -= count
        return images, answers

    def _ask(self, images: list[np.ndarray]) -> np.ndarray:
        if self._classifier is None:
            self._classifier = self._load()
        together = images[0] if len(images) == 1 else np.concatenate(images)
        started = time.thread_time()  # what others do meanwhile does not count
        probabilities = self._classifier.predict(together)
        if len(together):
            self._seconds = (time.thread_time() - started) / len(together)
        return probabilities
