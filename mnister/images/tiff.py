"""What the directories of a TIFF say: its pictures, and Exif data, which are a small TIFF.

Source: TIFF 6.0, section 2.
"""

import mmap
import struct

_FORMATS = {1: ("B", 1), 3: ("H", 2), 4: ("I", 4)}  # of a tag: byte, short, long


def read_directories(data: bytes | mmap.mmap) -> tuple[list[dict[int, int]], bool]:
    """Read the whole-number tags of each directory, up to the first that is damaged.

    Directories that overlap are damage, too: together they are never longer than the file, so a
    chain made to be slow is not followed far.

    Args:
        data: The whole file.

    Returns:
        The first number of each tag, a directory after the other; and whether their chain breaks
        off, so that what is behind is lost.

    Raises:
        ValueError: This is no TIFF.
        struct.error: It ends before its first directory is named.
    """
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        raise ValueError("not TIFF")
    (start,) = struct.unpack(order + "I", data[4:8])
    left = len(data)  # bytes that directories can take
    found: list[dict[int, int]] = []
    seen: set[int] = set()
    while start:
        if start in seen:  # a damaged chain may lead back
            return found, True
        seen.add(start)
        try:
            (count,) = struct.unpack(order + "H", data[start : start + 2])
            left -= 2 + 12 * count + 4
            if left < 0:
                return found, True
            tags, start = _tags(data, order, start, count)
        except struct.error:
            return found, True
        found.append(tags)
    return found, False


def _tags(
    data: bytes | mmap.mmap, order: str, start: int, count: int
) -> tuple[dict[int, int], int]:
    """Return the first number of each tag of a directory, and where the next starts (0: none)."""
    end = start + 2 + 12 * count
    tags = {}
    for at in range(start + 2, end, 12):
        tag, kind, values = struct.unpack(order + "HHI", data[at : at + 8])
        form, size = _FORMATS.get(kind, ("", 0))
        place = at + 8
        if values * size > 4:  # they lie elsewhere
            (place,) = struct.unpack(order + "I", data[place : place + 4])
        first = data[place : place + size]
        if form and len(first) == size:
            (tags[tag],) = struct.unpack(order + form, first)
    following = data[end : end + 4]
    return tags, struct.unpack(order + "I", following)[0] if len(following) == 4 else 0
