"""What was read beside what is written: edit distance (Levenshtein) and alignment."""

from collections.abc import Sequence


def align(written: Sequence[str], read: Sequence[str]) -> list[str | None]:
    """Find for each digit read which of the written ones it stands for.

    Args:
        written: Names as written.
        read: Names as read.

    Returns:
        For each digit read its label, "" for one that nothing written corresponds to.
    """
    costs = _edit_table(written, read)
    labels: list[str | None] = ["" for _ in read]
    i, j = len(written), len(read)
    while i and j:
        if costs[i][j] == costs[i - 1][j - 1] + (written[i - 1] != read[j - 1]):
            i, j = i - 1, j - 1
            labels[j] = written[i]
        elif costs[i][j] == costs[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
    return labels


def edits(written: Sequence[str], read: Sequence[str]) -> int:
    """Return the edit distance (Levenshtein) between what is written and what was read."""
    return _edit_table(written, read)[-1][-1]


def _edit_table(written: Sequence[str], read: Sequence[str]) -> list[list[int]]:
    table = [list(range(len(read) + 1))]
    for i, digit in enumerate(written, 1):
        row = [i]
        for j, seen in enumerate(read, 1):
            substituted = table[-1][j - 1] + (digit != seen)
            row.append(min(substituted, table[-1][j] + 1, row[-1] + 1))
        table.append(row)
    return table
