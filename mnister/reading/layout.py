"""Put digits in reading order: lines from top to bottom, each from left to right.

A line is followed from digit to digit, so that it may rise, fall or bend, and wide gaps do not
break it.
"""

import numpy as np

ORDERS = ("top_to_bottom", "bottom_to_top")
_FAR = 4.0  # heights of the taller: a digit so far above or below a line's last is not asked for


def order_in_lines(boxes: np.ndarray, reading_order: str = "top_to_bottom") -> list[list[int]]:
    """Group boxes into lines.

    Args:
        boxes: (N, 4): x, y, width, height.
        reading_order: "top_to_bottom" or "bottom_to_top".

    Returns:
        For each line the numbers of its boxes, from left to right.
    """
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    middles, heights = (boxes[:, 1] + boxes[:, 3] / 2).tolist(), boxes[:, 3].tolist()
    lines: list[list[int]] = []
    for i in np.argsort(boxes[:, 0] + boxes[:, 2] / 2, kind="stable").tolist():
        candidates = [
            (misfit(boxes, line, i), n)
            for n, line in enumerate(lines)
            if abs(middles[i] - middles[line[-1]])
            < _FAR * max(heights[j] for j in (i, *line[-3:]))
        ]
        best, number = min(candidates, default=(1.0, -1))
        if best < 1.0:
            lines[number].append(i)
        else:
            lines.append([i])
    lines.sort(key=lambda line: _height_of(boxes, line))
    return lines[::-1] if reading_order == "bottom_to_top" else lines


def misfit(boxes: np.ndarray, line: list[int], candidate: int) -> float:
    """Measure how badly a box continues a line.

    Args:
        boxes: float (N, 4).
        line: Numbers of the boxes already in the line, from left to right.
        candidate: The box that may come next.

    Returns:
        0 for level with the line's last digits, 1 for half a digit's height off. A digit right
        below or above the last one is off by more.
    """
    tail = boxes[line[-3:]]
    box = boxes[candidate]
    centres = tail[:, 1] + tail[:, 3] / 2
    height = max(np.sort(tail[:, 3])[len(tail) // 2], 0.6 * box[3])
    expected = centres[-1] if len(line) < 3 else _continue(tail, box)
    centre = box[1] + box[3] / 2
    off = abs(centre - expected) / (0.5 * (height + box[3]) / 2 + 0.2 * height)
    last = tail[-1]
    overlap = min(last[0] + last[2], box[0] + box[2]) - max(last[0], box[0])
    beneath = overlap > 0.6 * min(last[2], box[2])
    return off + 0.5 * beneath


def _continue(tail: np.ndarray, box: np.ndarray) -> float:
    """Extend a line's last three digits to where the box is, damped."""
    x, y = tail[:, 0] + tail[:, 2] / 2, tail[:, 1] + tail[:, 3] / 2
    run = x[-1] - x[0]
    slope = np.clip((y[-1] - y[0]) / run, -0.2, 0.2) if run > 0 else 0.0
    ahead = min(box[0] + box[2] / 2 - x[-1], 2 * tail[:, 3].max())
    return float(y.mean() + slope * (x[-1] - x.mean() + ahead))


def _height_of(boxes: np.ndarray, line: list[int]) -> float:
    """Return where a line stands on the page: the mean of its digits' middles."""
    return float(np.mean(boxes[line, 1] + boxes[line, 3] / 2))
