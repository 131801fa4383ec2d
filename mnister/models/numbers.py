"""The numbers of a model's versions: each is given once, even where its version never appeared."""

import contextlib
from pathlib import Path

from mnister.errors import UserError


def check_number_is_free(root: str | Path, name: str, version: int | None) -> None:
    """Make sure that a version number asked for was never given.

    Raises:
        UserError: It was; the message names the next free one.
    """
    folder = Path(root) / name
    if version is not None and version in _used_numbers(folder):
        raise UserError(
            f"Version {version} of {name} exists or existed; numbers are never used twice",
            expected=f"a number that {folder} has not seen",
            received=f"model_version={version}",
            instead=f"model_version={_next_number(folder)}   (null: the next free one)",
        )


def allot(folder: Path, name: str, version: int | None) -> int:
    """Take a number for a model's new version; nobody else gets it.

    Args:
        folder: Of the model's versions.
        name: The model's name.
        version: The number wanted; None: the next free one.

    Raises:
        UserError: The number wanted was given before.
    """
    (folder / ".allotted").mkdir(parents=True, exist_ok=True)
    while True:
        number = version if version is not None else _next_number(folder)
        check_number_is_free(folder.parent, name, version)
        with contextlib.suppress(FileExistsError):
            (folder / ".allotted" / str(number)).touch(exist_ok=False)
            return number


def _next_number(folder: Path) -> int:
    return max(_used_numbers(folder), default=0) + 1


def _used_numbers(folder: Path) -> set[int]:
    entries = [*folder.glob("[0-9]*"), *folder.glob(".allotted/[0-9]*")]
    return {int(entry.name) for entry in entries if entry.name.isdigit()}
