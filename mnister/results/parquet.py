"""Rows of predictions.csv and numbers.csv as Parquet: the same columns, with types."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mnister.errors import UserError
from mnister.invocation import install_command
from mnister.run_files import opened_atomically

ROWS = 20_000  # in memory at once; 2 MB as predictions.csv has them
_WHOLE = ("line", "row", "column", "x", "y", "width", "height")
_PARTS = ("probability", "second_probability")
_ANSWERS = ("sure",)


def check_parquet() -> None:
    """Make sure that Parquet can be written.

    Raises:
        UserError: pyarrow is not installed, naming the extra that has it.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise UserError(
            "output=parquet is written with pyarrow, which is not installed",
            received=str(error),
            instead=f"{install_command('parquet')}, or output=csv",
        ) from None


@contextmanager
def opened_parquet(path: Path, columns: Sequence[str]) -> Iterator["ParquetRows"]:
    """Open a Parquet file; it appears when the block ends, unless an error ends it.

    Args:
        path: The file.
        columns: Their names: places are int32, probabilities double, all else is text.
    """
    import pyarrow
    from pyarrow import parquet

    kinds = {name: pyarrow.int32() for name in _WHOLE}
    kinds |= {name: pyarrow.float64() for name in _PARTS}
    kinds |= {name: pyarrow.bool_() for name in _ANSWERS}
    schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in columns])
    with (
        opened_atomically(path, is_text=False) as file,
        parquet.ParquetWriter(file, schema) as writer,
    ):
        rows = ParquetRows(writer, schema)
        yield rows
        rows.flush()


class ParquetRows:
    """Takes rows as a CSV writer does; few are in memory."""

    def __init__(self, writer: Any, schema: Any) -> None:
        self._writer, self._schema = writer, schema
        self._rows: list[Sequence[Any]] = []

    def writerow(self, row: Sequence[Any]) -> None:
        """Write a row of the values that a CSV file gets; an empty one is null."""
        self._rows.append(row)
        if len(self._rows) >= ROWS:
            self.flush()

    def writerows(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write several."""
        for row in rows:
            self.writerow(row)

    def flush(self) -> None:
        """Write what is in memory."""
        import pyarrow

        if not self._rows:
            return
        columns = [
            pyarrow.array([_value(field.name, value) for value in values], field.type)
            for field, values in zip(self._schema, zip(*self._rows, strict=True), strict=True)
        ]
        self._writer.write_table(pyarrow.Table.from_arrays(columns, schema=self._schema))
        self._rows.clear()


def _value(name: str, value: Any) -> Any:
    """Return what a column has for a value of a CSV file."""
    if value is None or value == "":
        return None
    if name in _WHOLE:
        return int(value)
    if name in _PARTS:
        return float(value)
    if name in _ANSWERS:
        return value == "true"
    return str(value).encode("utf-8", "backslashreplace").decode()  # as CSV files have it
