"""The open findings of a store, one to a line: CSV and JSON Lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from ecrlint.bulk.report.totals import FindingRow
from ecrlint.model.visible import json_text
from ecrlint.report.csv import cell


def as_csv(findings: Iterable[FindingRow]) -> Iterator[str]:
    """Lines of CSV, the first with the names of the columns."""
    yield _line(FindingRow._fields)
    for finding in findings:
        yield _line([cell(text) if isinstance(text, str) else text for text in finding])


def _line(cells: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def as_json_lines(findings: Iterable[FindingRow]) -> Iterator[str]:
    """A JSON object a line; `owners` is a list."""
    return (json_text({**finding._asdict(), "owners": finding.owners.split()}) for finding in findings)
