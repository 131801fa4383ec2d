"""The usual request for the bare network, understood seven times as fast as any other JSON.

Of a request for one digit, JSON's parser and NumPy take 430 µs to make 784 lists and an array of
them, and the network 65 µs to read the digit. What is written as every client writes it, numbers
and brackets alone, takes 60 µs here; whatever looks the least otherwise is left to the parser,
which also says what is wrong with it.
"""

import re

import numpy as np

SIZE = 28
PIXELS = SIZE * SIZE
_HEAD = re.compile(rb'\s*\{\s*"(instances|inputs)"\s*:\s*(?=\[)')
_ROW = b"[" + b",".join([b"[]"] * SIZE) + b"]"
_IMAGE = b"[" + b",".join([_ROW] * SIZE) + b"]"
_OPEN, _CLOSE, _ZERO = b"[]0"


def plain_images(body: bytes) -> tuple[str, np.ndarray] | None:
    """Return the images of a request that holds them as nested lists and nothing else.

    Args:
        body: JSON such as `{"instances": [[[[0], [255], …], …], …]}`, or with `inputs`; a blank
            may stand behind each comma.

    Returns:
        The name under which they stood, and uint8 (N, 28, 28, 1); None where it is anything
        else, be it right or wrong.
    """
    head = _HEAD.match(body)
    end = body.rfind(b"]") + 1
    if head is None or body[end:].strip() != b"}":
        return None
    told = body[head.end() : end].replace(b", ", b",")
    brackets = told.translate(None, b"0123456789")
    count = len(brackets) // (len(_IMAGE) + 1)
    if brackets != b"[" + b",".join([_IMAGE] * count) + b"]" or not count:
        return None
    values = _numbers(told, count * PIXELS)
    if values is None:
        return None
    return head[1].decode(), values.reshape(count, SIZE, SIZE, 1)


def _numbers(told: bytes, count: int) -> np.ndarray | None:
    """Return the numbers of lists whose brackets are right, if each stands where it belongs.

    Args:
        told: The lists.
        count: How many numbers there must be.

    Returns:
        uint8 (count,); None where one is missing, too large, elsewhere or no number of JSON's.
    """
    letters = np.frombuffer(told, np.uint8)
    is_digit = letters - np.uint8(_ZERO) < 10
    before, after = is_digit[:-1], is_digit[1:]
    found = (
        np.count_nonzero(after > before),  # beginnings of numbers
        np.count_nonzero(after & (letters[:-1] == _OPEN)),  # those behind a bracket
        np.count_nonzero(before & (letters[1:] == _CLOSE)),  # ends before a bracket
    )
    if found != (count, count, count):
        return None
    flat = told.translate(None, b"[]")
    values = np.fromstring(flat, np.int64, sep=",")
    if values.size != count or values.max() > 255:
        return None
    digits = count + np.count_nonzero(values > 9) + np.count_nonzero(values > 99)
    if digits + count - 1 != len(flat):  # JSON has no 007
        return None
    return values.astype(np.uint8)
