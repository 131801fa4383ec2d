"""The one shape of every error that a user can mend."""

import contextlib
import re
from collections.abc import Iterator

REFUSED = "refused"  # before anything of a run has changed


class UserError(Exception):
    """Something the user can put right: wrong input, a wrong config, a missing file.

    Printed without a traceback, with exit code 2. The message says what is wrong, what was
    expected, what was received and what to type instead; parts that do not apply are left out.

    Args:
        what: What is wrong, one sentence without a full stop.
        expected: What would have been right.
        received: What was there instead.
        instead: What to do or type, ready to copy.

    Attributes:
        exit_code: What the process ends with.
        state: How the run's `status.json` calls it; `REFUSED`: it stays as it was, or a new
            run failed.
    """

    exit_code = 2
    state = "failed"

    def __init__(
        self,
        what: str,
        *,
        expected: str | None = None,
        received: str | None = None,
        instead: str | None = None,
    ) -> None:
        self.what = what
        self.expected = expected
        self.received = received
        self.instead = instead
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return the message, one labelled line for each part that is known."""
        labelled = (
            ("Expected", self.expected),
            ("Received", self.received),
            ("Instead", self.instead),
        )
        lines = [f"{self.what.removesuffix('.')}."]
        lines += [f"  {label + ':':<10}{text}" for label, text in labelled if text is not None]
        return "\n".join(lines)


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """Mark what a user can mend as found before anything of a run has changed."""
    try:
        yield
    except UserError as error:
        error.state = REFUSED
        raise


def words_of(error: BaseException) -> str:
    """Return what is said of an error that ends a job: a user's as it is, others by their type."""
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"


def reason_of(error: BaseException) -> str:
    """Return what a library's exception says, in a line; its type where it says nothing.

    Keras says it in bold, below a line that tells where it happened.
    """
    said = str(error).strip() or type(error).__name__
    bold = re.search("\x1b\\[1m(.+?)\x1b\\[0m", said, re.DOTALL)
    return (bold[1] if bold else said).strip().splitlines()[0]
