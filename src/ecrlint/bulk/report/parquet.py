"""The open findings of a store as a Parquet file, by pyarrow (`pip install ecrlint[parquet]`)."""

from __future__ import annotations

from collections.abc import Iterable

from ecrlint.bulk.report.totals import FindingRow
from ecrlint.bulk.store import StoreError

_NUMBERS = ("line", "column", "new", "first_run")


def write(path: str, findings: Iterable[FindingRow]) -> None:
    """Write a file with a row for each finding; `owners` is a list. Raises `StoreError` without pyarrow, and OSError."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise StoreError("Parquet is written by pyarrow: pip install 'ecrlint[parquet]'") from None
    kinds = {name: pyarrow.int64() if name in _NUMBERS else pyarrow.string() for name in FindingRow._fields}
    kinds["owners"] = pyarrow.list_(pyarrow.string())
    columns: dict[str, list[object]] = {name: [] for name in kinds}
    for finding in findings:
        for name, value in finding._asdict().items():
            columns[name].append(value.split() if name == "owners" else value)
    pyarrow.parquet.write_table(pyarrow.table(columns, schema=pyarrow.schema(list(kinds.items()))), path)
