"""Figures of both rooms: curves, confusion matrix, wrong digits, from arrays to PNG.

Every function takes plain arrays or rows and one path. Colours are those of Okabe and Ito (2008),
which people with any kind of colour vision tell apart.
"""

import importlib.util
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mnister.invocation import install_command

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
DOTS_PER_INCH = 120

Row = Mapping[str, Any]

log = logging.getLogger("mnister")


def write_curves(history_rows: Sequence[Row], path: Path) -> None:
    """Draw loss, accuracy and learning rate over the epochs, side by side.

    Args:
        history_rows: One row an epoch with any of `epoch` (from 1; counted if absent), `loss`,
            `validation_loss`, `accuracy`, `validation_accuracy` (0 to 1), `learning_rate`.
        path: The PNG to write.
    """
    figure = new_figure(12, 3.8)
    axes = figure.subplots(1, 3)
    epochs = [row.get("epoch", number) for number, row in enumerate(history_rows, start=1)]
    for axis, name, title in (
        (axes[0], "loss", "Loss"),
        (axes[1], "accuracy", "Accuracy (%)"),
    ):
        factor = 100 if name == "accuracy" else 1
        draw_curve(axis, epochs, column(history_rows, name) * factor, "training", ORANGE, "--")
        values = column(history_rows, f"validation_{name}") * factor
        draw_curve(axis, epochs, values, "validation", BLUE, "-")
        axis.set_title(title)
        if axis.lines:
            axis.legend(frameon=False)
    draw_curve(axes[2], epochs, column(history_rows, "learning_rate"), "", GREEN, "-")
    axes[2].set_title("Learning rate")
    for axis in axes:
        finish_curve_axis(axis)
    figure.savefig(path)


def column(rows: Sequence[Row], name: str) -> np.ndarray:
    """Take one named value out of every row.

    Args:
        rows: The rows of a table.
        name: Which value.

    Returns:
        float64 (len(rows),), not-a-number where a row does not have it.
    """
    values = [row.get(name) for row in rows]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def draw_curve(
    axis: "Axes", epochs: Sequence[float], values: np.ndarray, label: str, color: str, line: str
) -> None:
    """Draw one line with a dot an epoch, or nothing where there is no value at all."""
    if np.isfinite(values).any():
        marker = "o" if len(epochs) <= 40 else None
        axis.plot(epochs, values, line, color=color, label=label, marker=marker, markersize=3.5)


def finish_curve_axis(axis: "Axes") -> None:
    """Label the epochs in whole numbers, keep offsets out, draw a pale grid."""
    from matplotlib.ticker import MaxNLocator

    axis.set_xlabel("Epoch")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axis.ticklabel_format(axis="y", useOffset=False, scilimits=(-3, 4))
    tidy_axis(axis)


def confusion_matrix(labels: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    """Count how often each class was taken for which.

    Args:
        labels: int (N,), the true classes.
        predictions: int (N,), the classes named.
        classes: How many classes there are, C.

    Returns:
        int64 (C, C), a row for each true class, a column for each class named.
    """
    pairs = np.asarray(labels, dtype=np.int64) * classes + np.asarray(predictions, dtype=np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def write_confusion_matrix(matrix: np.ndarray, class_names: Sequence[str], path: Path) -> None:
    """Draw a confusion matrix, each row shaded by its shares, errors so that they can be seen.

    Args:
        matrix: int (C, C), a row for each true class, a column for each class named.
        class_names: C names.
        path: The PNG to write.
    """
    classes = len(class_names)
    side = max(5.0, 1.6 + 0.52 * classes)
    figure = new_figure(side + 0.4, side)
    axis = figure.subplots()
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axis.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1)  # the root lifts 1 % errors to 0.1
    for row, named in np.argwhere(matrix):
        color = "white" if shares[row, named] > 0.35 else "black"
        text = f"{matrix[row, named]}"
        axis.text(named, row, text, ha="center", va="center", color=color, fontsize=9)
    rotation = name_rotation(class_names)
    axis.set_xticks(range(classes), class_names, rotation=rotation, parse_math=False)
    axis.set_yticks(range(classes), class_names, parse_math=False)
    axis.set_xlabel("Predicted")
    axis.set_ylabel("True")
    total = int(matrix.sum())
    right = int(np.trace(matrix))
    share = f", {100 * right / total:.2f} %" if total else ""
    axis.set_title(f"{right:,} of {total:,} right{share}")
    figure.savefig(path)


def name_rotation(class_names: Sequence[str]) -> int:
    """Turn class names that are too long to stand side by side upright."""
    return 90 if max(map(len, class_names), default=0) > 4 else 0


def write_wrong_digits(
    images: np.ndarray,
    labels: np.ndarray,
    predictions: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    path: Path,
    most: int = 60,
) -> None:
    """Draw the digits that were taken for another, the most confident mistakes first.

    Args:
        images: uint8 (N, H, W) or (N, H, W, 1), white on black.
        labels: int (N,), the true classes.
        predictions: int (N,), the classes named.
        probabilities: float (N, C), or (N,) of the class named, 0 to 1.
        class_names: C names; a long one is cut to what fits above a picture.
        path: The PNG to write.
        most: How many to show at most.
    """
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    named = np.asarray(probabilities, dtype=np.float64)
    if named.ndim == 2:
        named = named[np.arange(len(named)), predictions]
    wrong = np.flatnonzero(labels != predictions)
    shown = wrong[np.argsort(-named[wrong], kind="stable")][:most]
    columns = min(10, max(4, len(shown)))
    rows = max(1, -(-len(shown) // columns))
    width, height = 1.05 * columns, 1.3 * rows + 0.45
    figure = new_figure(width, height)
    figure.set_layout_engine("none")
    axis = figure.add_axes((0, 0, 1, 1 - 0.45 / height))
    axis.set_axis_off()
    pictures = np.asarray(images)[shown].reshape(len(shown), *np.shape(images)[1:3])
    sheet, corners = lay_out_sheet(pictures, rows, columns)
    axis.imshow(sheet, cmap="gray_r", vmin=0, vmax=255, aspect="auto")
    for index, (top, left) in zip(shown, corners, strict=True):
        names = class_names[labels[index]], class_names[predictions[index]]
        caption, size = wrong_digit_caption(*names, named[index])
        middle = left + pictures.shape[2] / 2 - 0.5
        axis.text(middle, top - 1, caption, fontsize=size, ha="center", parse_math=False)
    figure.suptitle(wrong_digits_title(len(wrong), len(shown), len(labels)), fontsize=10)
    figure.savefig(path)


def lay_out_sheet(
    pictures: np.ndarray, rows: int, columns: int
) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Put pictures side by side, each with room for a caption: one image is quick to draw.

    Args:
        pictures: uint8 (N, H, W), N up to rows · columns.
        rows: How many rows the sheet has.
        columns: How many pictures stand in a row.

    Returns:
        The sheet, uint8, and the top left corner (y, x) of every picture.
    """
    height, width = pictures.shape[1:]
    cell_height, cell_width = round(1.43 * height), round(1.14 * width)
    sheet = np.zeros((rows * cell_height, columns * cell_width), dtype=np.uint8)
    corners = []
    for place, picture in enumerate(pictures):
        row, column = divmod(place, columns)
        top, left = (row + 1) * cell_height - height, column * cell_width + width // 14
        sheet[top : top + height, left : left + width] = picture
        corners.append((top, left))
    return sheet, corners


def wrong_digit_caption(true: str, named: str, probability: float) -> tuple[str, float]:
    """Write what stands above one picture, in one line or, for long names, in two.

    Returns:
        The caption, and the size of its letters in points.
    """
    if len(true + named) <= 2:
        return f"{true} → {named}  {probability:.0%}", 9
    true, named = (name if len(name) <= 9 else f"{name[:8]}…" for name in (true, named))
    return f"{true} →\n{named}  {probability:.0%}", 7.5


def wrong_digits_title(wrong: int, shown: int, total: int) -> str:
    """Say what the sheet shows and how to read its captions."""
    if not wrong:
        return f"All {total:,} read right"
    part = "" if shown == wrong else f", the {shown} most confident"
    return f"{wrong:,} of {total:,} read wrong{part} (true → predicted, probability)"


def can_draw() -> bool:
    """Tell whether matplotlib is installed; if not, say in the log what installs it."""
    is_installed = importlib.util.find_spec("matplotlib") is not None
    if not is_installed:
        log.warning("No figures are drawn without matplotlib: %s", install_command("train"))
    return is_installed


def new_figure(width: float, height: float) -> "Figure":
    """Make an empty figure that needs no screen and is in nobody's global state.

    Args:
        width: In inches of DOTS_PER_INCH pixels.
        height: In the same.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained")


def tidy_axis(axis: "Axes") -> None:
    """Leave only the frame and grid that help reading."""
    axis.grid(color="#e4e4e4", linewidth=0.7)
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)
