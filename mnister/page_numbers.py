"""Pages as they are typed: `all`, `7`, `1-3,7`, `5-`."""

import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

_PART = r"[1-9]\d{0,6}(?:-(?:[1-9]\d{0,6})?)?"
_PAGES = re.compile(rf"{_PART}(?:,{_PART})*")
EXPECTED = 'all, or numbers of pages, such as 2, "1-3,7" or 5-'


def join_pages(value: Any) -> Any:
    """Return pages as one text, whether they were typed as a number, a list or a text."""
    parts = value if isinstance(value, list) else [value]
    if not all(type(part) in (int, str) for part in parts):
        return value
    return "".join(",".join(map(str, parts)).split())


PageNumbers = Annotated[
    str,
    BeforeValidator(join_pages),
    Field(pattern=rf"^(?:all|{_PAGES.pattern})$", description=EXPECTED),
]


def is_pages(text: str) -> bool:
    """Tell whether a text names pages by their numbers."""
    return bool(_PAGES.fullmatch("".join(text.split())))


def choose_pages(pages: str, count: int) -> Iterable[int]:
    """Choose pages of a file.

    Args:
        pages: As a `PageNumbers`.
        count: How many the file has.

    Returns:
        Those that it has, from 1, each once, in order.
    """
    if pages == "all":
        return range(1, count + 1)
    spans = []
    for part in pages.split(","):
        first, dash, last = part.partition("-")
        end = int(last) if last else count if dash else int(first)
        spans.append(range(int(first), min(end, count) + 1))
    return sorted({number for span in spans for number in span})
