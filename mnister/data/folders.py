"""What the sub-folders of a folder of pictures are: parts of a data set, or classes."""

import difflib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from mnister.data.datasets import listed, log
from mnister.errors import UserError

PART_NAMES = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
PART_OF = {name: part for part, names in PART_NAMES.items() for name in names}
LAYOUT = "sub-folders that are all classes, or train/, val/ and test/ with the classes in them"
# What systems leave in folders beside hidden files.
LITTER = {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "$recycle.bin"}
MOST_PARTS = 3  # so few folders, each with the same folders in it, may be parts

Classes = dict[str, Path]  # a class's folder by its name


def find_parts(folder: str | Path, test_folder: str | Path | None = None) -> dict[str, Classes]:
    """Find out which parts of a data set a folder holds, and the classes of each.

    Args:
        folder: Holds a sub-folder a class, or train/, val/ and test/ that do.
        test_folder: Holds the test set; it may be a sub-folder of `folder`.

    Returns:
        The class folders of "train", and of "validation" and "test" where they are there.

    Raises:
        UserError: The layout contradicts itself or holds no classes, or the test set is in doubt.
    """
    root = Path(folder)
    _check_apart(root, test_folder)
    parts = _parts_of(root, test_folder)
    if "train" not in parts:
        raise UserError(
            f"{folder} has no folder of pictures to train on",
            expected=LAYOUT,
            received=", ".join(f"{name}/" for name in parts),
            instead="mode=evaluate of infer.py measures a model on such a folder",
        )
    if test_folder is not None:
        if "test" in parts:
            raise UserError(
                "There are two test sets",
                expected=f"data.test_dir, or a folder for it in {folder}",
                received=f"both: {test_folder} and {next(iter(parts['test'].values())).parent}",
                instead="leave out data.test_dir, or move that folder away",
            )
        parts["test"] = find_test_classes(test_folder)
    for part in parts.keys() - {"train"}:
        check_known(parts[part], tuple(parts["train"]))
    return parts


def find_test_classes(folder: str | Path) -> Classes:
    """Return the class folders of a test set: of test/ if there is one, else of the folder."""
    root = Path(folder)
    parts = _parts_of(root, fewest=1)
    if "test" not in parts and _part_folders(root):
        raise UserError(
            f"{folder} holds no test set",
            expected="class folders, or test/ with class folders in it",
            received=", ".join(f"{path.name}/" for path in _part_folders(root).values()),
            instead="the folder of one part, to measure on that",
        )
    return parts["test"] if "test" in parts else parts["train"]


def check_known(classes: Classes, names: Sequence[str]) -> None:
    """Make sure that each class folder is named like a class.

    Args:
        classes: The folders, not necessarily of every class.
        names: Those of all classes.

    Raises:
        UserError: Some are not.
    """
    unknown = [name for name in classes if name not in names]
    if unknown:
        raise UserError(
            f"{classes[unknown[0]].parent} has sub-folders that are none of the classes",
            expected="sub-folders named " + ", ".join(names),
            received=", ".join(unknown),
        )


def find_files(folder: Path) -> list[Path]:
    """Return the files of a class at any depth, sorted; hidden ones and litter do not count.

    Links are followed, each folder once.

    Raises:
        UserError: A folder may not be looked into.
    """
    found, seen = [], set()
    for place, names, files in os.walk(folder, onerror=_refuse, followlinks=True):
        real = os.path.realpath(place)
        names[:] = [] if real in seen else [name for name in names if not is_litter(name)]
        found += [] if real in seen else [Path(place, f) for f in files if not is_litter(f)]
        seen.add(real)
    return sorted(found)


def is_litter(name: str) -> bool:
    """Return whether a file or folder is hidden, or one that systems leave."""
    return name.startswith(".") or name.lower() in LITTER


def folders_in(folder: Path) -> list[Path]:
    """Return the sub-folders that count, sorted by name; none if this is no folder."""
    try:
        children = list(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise _refuse(error) from None
    return sorted(c for c in children if c.is_dir() and not is_litter(c.name))


def part_of(name: str) -> str | None:
    """Return the part that a name has a word for: train-00000-of-00001.parquet, x_test."""
    words = re.findall(r"[a-z]+", name.lower())
    return next((PART_OF[word] for word in words if word in PART_OF), None)


def what_is_at(path: str | Path) -> str:
    """Say what stands where a folder should."""
    return "a file" if Path(path).exists() else "nothing"


def _parts_of(
    root: Path, left_out: str | Path | None = None, fewest: int = 2
) -> dict[str, Classes]:
    """Return the classes of each part; of "train" alone where the sub-folders are the classes."""
    parts = _part_folders(root, left_out)
    if parts:
        return {part: _classes(folder, 1 if part != "train" else fewest) for part, folder in
                parts.items()}  # fmt: skip
    classes = _classes(root, fewest, left_out)
    _check_no_parts(root, list(classes.values()))
    return {"train": classes}


def _part_folders(root: Path, left_out: str | Path | None = None) -> dict[str, Path]:
    """Return the sub-folders that are parts; none if all are classes."""
    children = [c for c in folders_in(root) if not _is_same(c, left_out)]
    named = [c for c in children if c.name.lower() in PART_OF]
    if not any(folders_in(child) for child in named) and len(named) < len(children):
        return {}  # pictures of trains, perhaps, beside those of cars
    others = [child for child in children if child not in named]
    flat = [child for child in named if not folders_in(child)]
    parts = {PART_OF[child.name.lower()]: child for child in named}
    if others or flat or len(parts) < len(named):
        raise _contradiction(root, children, others, flat)
    return parts


def _contradiction(
    root: Path, children: list[Path], others: list[Path], flat: list[Path]
) -> UserError:
    """Say why folders are neither the parts of a data set nor its classes."""
    near = [
        (child, word[0])
        for child in others
        if (word := difflib.get_close_matches(child.name.lower(), PART_OF, n=1, cutoff=0.7))
    ]
    if near:
        instead = f"rename {near[0][0]} to {near[0][1]}"
    elif others:
        instead = "move the classes into train/, or name the test set by data.test_dir"
    else:
        instead = "a sub-folder for each class in " + ", ".join(c.name for c in flat or children)
    return UserError(
        f"It cannot be told which sub-folders of {root} are classes",
        expected=LAYOUT,
        received=listed([f"{c.name}/" + " (no sub-folders)" * (c in flat) for c in children],
                        "folders"),
        instead=instead,
    )  # fmt: skip


def _classes(root: Path, fewest: int, left_out: str | Path | None = None) -> Classes:
    children = [c for c in folders_in(root) if not _is_same(c, left_out)]
    if len(children) < fewest:
        inner = folders_in(children[0]) if len(children) == 1 else []
        raise UserError(
            f"{root} holds no classes",
            expected=f"a folder with one sub-folder of pictures a class, {fewest} or more",
            received=", ".join(c.name for c in children)
            or ("no sub-folder" if root.is_dir() else what_is_at(root)),
            instead=f"data.dir={children[0]}" if len(inner) >= fewest else None,
        )
    loose = sorted(f.name for f in root.iterdir() if not f.is_dir() and not is_litter(f.name))
    if loose:
        log.warning("   Passed over in %s, in no class's folder: %s", root, listed(loose, "files"))
    return {child.name: child for child in children}


def _check_no_parts(root: Path, classes: list[Path]) -> None:
    """Refuse two or three folders that have the same folders in them, and nothing else.

    They are parts by names of the user's own, and no classes.
    """
    inner = [tuple(child.name for child in folders_in(folder)) for folder in classes]
    is_doubtful = 1 < len(classes) <= MOST_PARTS and len(set(inner)) == 1 and len(inner[0]) > 1
    if is_doubtful and not any(_has_files(folder) for folder in classes):
        test = next((c for c in classes if part_of(c.name) == "test"), classes[-1])
        others = [folder for folder in classes if folder != test]
        train = next((c for c in others if part_of(c.name) == "train"), others[0])
        raise UserError(
            f"It cannot be told whether the sub-folders of {root} are classes",
            expected=LAYOUT,
            received=" and ".join(f"{c.name}/" for c in classes)
            + f", each with {listed([f'{name}/' for name in inner[0]], 'folders')}",
            instead="if they are classes, move their pictures up, out of the folders in them; if "
            f"they are parts, data.dir={train} data.test_dir={test}",
        )


def _has_files(folder: Path) -> bool:
    return any(not c.is_dir() and not is_litter(c.name) for c in folder.iterdir())


def _check_apart(root: Path, test_folder: str | Path | None) -> None:
    """Refuse a test set that holds what is trained on, or is part of a class."""
    if test_folder is None:
        return
    data, test = root.resolve(), Path(test_folder).resolve()
    is_inside = data in test.parents and test.parent != data
    if data == test or test in data.parents or is_inside:
        raise UserError(
            "The test set is not apart from what is trained on",
            expected="data.test_dir beside data.dir, or a sub-folder of its own in it",
            received=f"data.dir={root} data.test_dir={test_folder}",
        )


def _is_same(folder: Path, other: str | Path | None) -> bool:
    return other is not None and folder.resolve() == Path(other).resolve()


def _refuse(error: OSError) -> None:
    raise UserError(f"{error.filename} cannot be looked into", received=error.strerror) from None
