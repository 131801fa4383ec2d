"""What a reading shows: pictures of each page as it comes, and at the end a table and totals."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mnister.arranging.numbers import spaced_lines
from mnister.arranging.written import write_tables
from mnister.documents.page import free_stem
from mnister.errors import UserError
from mnister.images.draw import write_png
from mnister.reading.page import Digit, Page
from mnister.reading.score import Labels, Scorer

WIDTH = 80  # columns of the printed report
MOST_ROWS = 500  # of the printed table: who reads more than that reads a file
MOST_NAMES = 5  # of pictures that could not be read, in the message that says so


class UnreadPicturesError(UserError):
    """Some pictures could not be read; what the others gave is written."""

    exit_code = 1


class Report:
    """Shows the pages of one run; only what the table needs of them is kept.

    Args:
        folder: The run folder; made where missing.
        labels: What is written on the pictures, where it is known.
        debug_images: Write `<name>_stages.png` for pages that have stages.
        stems: How the names of files begin that are there already.

    Attributes:
        stem: How those of the page begin that was added last; None: it has none.
        pages: How many pages there were, those that could not be read too.
        digits: How many digits were read.
        failed: How many pages could not be read.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        labels: Labels | None = None,
        debug_images: bool = False,
        stems: Iterable[str] = (),
    ) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.debug_images = debug_images
        self.scorer = Scorer(labels) if labels else None
        self.pages = self.digits = self.failed = 0
        self._milliseconds = 0.0
        self._first: list[Page] = []  # with the first digits
        self._first_failed: list[str] = []
        self._stems = set(stems)
        self.stem: str | None = None

    def add(self, page: Page) -> Page:
        """Label a page, write its pictures and count it.

        Args:
            page: As read; the pictures of one without any are there already.

        Returns:
            The page with its labels.
        """
        if self.scorer:
            page = self.scorer.label(page)
        self.stem = None if page.picture is None else free_stem(page.file, self._stems)
        if self.stem is not None:
            write_pictures(self.folder, self.stem, page, self.debug_images)
            write_tables(self.folder, self.stem, page.tables)
        if page.digits and self.digits < MOST_ROWS:
            self._first.append(page.without_pictures())
        if page.error and self.failed < MOST_NAMES:
            self._first_failed.append(Path(page.file or "").name)
        self.pages += 1
        self.digits += len(page.digits)
        self.failed += bool(page.error)
        self._milliseconds += page.milliseconds.get("total", 0.0)
        return page

    @property
    def accuracy(self) -> float | None:
        """Part of the written digits read rightly; None without labels."""
        return self.scorer.accuracy if self.scorer else None

    def timing(self, load_ms: float, first_batch_ms: float, total_ms: float) -> dict[str, float]:
        """Return the times of a run in milliseconds, as predictions.json has them.

        Args:
            load_ms: Until the network was loaded.
            first_batch_ms: Of the network's first, empty batch: its warm-up.
            total_ms: Of the whole run.
        """
        return {
            "load": round(load_ms, 1),
            "first_batch": round(first_batch_ms, 1),
            "total": round(total_ms, 1),
            "per_digit": round(self._milliseconds / max(1, self.digits), 2),
        }

    def check(self) -> None:
        """Check that every picture was read and every digit has its label.

        Raises:
            UnreadPicturesError: Some were not.
            UserError: The labels do not fit what was read.
        """
        if self.failed:
            raise UnreadPicturesError(
                f"{self.failed} of {self.pages} pictures could not be read",
                received=", ".join(self._first_failed)
                + (" …" if self.failed > MOST_NAMES else ""),
            )
        if self.scorer:
            self.scorer.check()

    def print(self, console: Console, timing: dict[str, float], *, probabilities: bool) -> None:
        """Print the table, the accuracy and the times, after the lines of each page.

        Args:
            console: Where to.
            timing: See `timing`.
            probabilities: Print the table with one row for each digit.
        """
        if probabilities and self.digits:
            console.print(digit_table(self._first))
            if self.digits > MOST_ROWS:
                console.print(
                    f"The first {MOST_ROWS} of {self.digits:,} digits; predictions.csv has all"
                )
        if self.accuracy is not None:
            console.print(f"Mean accuracy {self.accuracy:.2%}", highlight=False)
        console.print(
            f"Network loaded in {timing['load']:.0f} ms, "
            f"first batch {timing['first_batch']:.0f} ms",
            f"all in {timing['total']:.0f} ms, {timing['per_digit']:.1f} ms per digit",
            sep="\n",
            highlight=False,
        )


def write_pictures(folder: Path, name: str, page: Page, debug_images: bool) -> None:
    """Write `<name>_annotated.png`, `<name>_digits.png` and, on request, `<name>_stages.png`."""
    write_png(folder / f"{name}_annotated.png", page.annotated())
    write_png(folder / f"{name}_digits.png", page.contact_sheet())
    if debug_images and page.stages:
        write_png(folder / f"{name}_stages.png", page.strip())


def digit_table(pages: Iterable[Page]) -> Table:
    """Return the table of the first digits: prediction, error mark, probability, time, second."""
    table = Table(width=WIDTH)
    for heading in ("#", "Digit", "Prediction", "Error", "Probability", "ms", "Second", "Prob."):
        table.add_column(heading, justify="right", no_wrap=True)
    rows = (
        (digit, page.milliseconds.get("total", 0.0) / len(page.digits))
        for page in pages
        for digit in page.digits
    )
    for number, (digit, each_ms) in enumerate(islice(rows, MOST_ROWS), start=1):
        table.add_row(*_cells(number, digit, each_ms))
    return table


def _cells(number: int, digit: Digit, each_ms: float) -> list[str]:
    return [
        str(number),
        digit.label or "–",
        digit.name,
        "✗" if digit.is_right is False else "",
        f"{digit.probability:.1%}",
        f"{each_ms:.1f}",
        digit.second.name,
        f"{digit.second.probability:.1%}",
    ]


def page_text(page: Page) -> Text:
    """Return a page's file and numbers, or why there are none, and what else is to be said."""
    text = Text(Path(page.file).name if page.file else "picture", style="bold")
    lines = spaced_lines(page.numbers, len(page.lines))
    text.append("".join("\n  " + line for line in lines), style="not bold")
    for said, style in ((page.error, "red"), (page.note, "yellow")):
        if said:
            text.append("\n  " + said.replace("\n", "\n  "), style=style)
    return text
