"""The data of a sweep's jobs by their content, read again only where their files have changed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mnister.bundled import find_bundled
from mnister.config.schema import TrainConfig
from mnister.tasks.choose import choose_task

_known: dict[tuple, dict[str, Any]] = {}  # by what was asked for and its files, of this process


def describe_data(config: TrainConfig) -> dict[str, Any]:
    """Read the data that a config names, once a process as long as their files stay.

    A sweep that is read back has many jobs of one data set: it costs one reading, then a look at
    each file's size and time of change.

    Raises:
        UserError: They cannot be read.
    """
    names = {"data", "preprocessing", "batch_size"}
    names |= (
        {"seed"} if config.data.kind in ("pages", "crops") else set()
    )  # made pages follow from it
    parts = config.model_dump(include=names, mode="json")
    key = json.dumps([parts, config.augmentation.kind], sort_keys=True)
    files = (key, *_files(parts["data"]))
    if files not in _known:
        _known[files] = choose_task(config).data_record
    return _known[files]


def _files(data: dict[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Yield path, size in bytes and time of change in ns of all files that a section names."""
    places = [Path(find_bundled(value)) for key, value in data.items()
              if key != "kind" and isinstance(value, str)]  # fmt: skip
    for place in places:
        for path in (place, *sorted(place.rglob("*"))):
            if path.is_file():
                status = path.stat()
                yield str(path), status.st_size, status.st_mtime_ns
