"""What a scan does grows as what is scanned does: counted, not timed, on the trees of bench/growth.py."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import growth
import pytest

SIZES = (4, 8, 16, 32)
SQUARE = 3.0
"""From one size to the next, twice as much more is done where the cost is a line, and four times where it is a square."""


def calls(folder: Path) -> dict[str, int]:
    """How often each function is called in a scan by a process that has scanned nothing before."""
    run = subprocess.run([sys.executable, growth.__file__, "--calls", folder], capture_output=True, check=True)
    found: dict[str, int] = json.loads(run.stdout)
    return found


def faster_than_a_line(counts: list[dict[str, int]]) -> dict[str, list[int]]:
    """The functions whose count grows faster than the size, twice in a row, with their counts."""
    rows = {name: [one.get(name, 0) for one in counts] for name in counts[-1]}
    return {name: row for name, row in rows.items() if row[-1] > SIZES[-1] ** 2 / 4 and _is_square(row)}


def _is_square(row: list[int]) -> bool:
    first, second, third = (after - before for before, after in pairwise(row))
    return 0 < first * SQUARE < second and second * SQUARE < third


@pytest.mark.parametrize("series", growth.SERIES)
def test_nothing_is_done_for_each_pair(series: str, tmp_path: Path) -> None:
    for size in SIZES:
        for path, text in growth.SERIES[series](size).files.items():
            file = tmp_path / str(size) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    assert faster_than_a_line([calls(tmp_path / str(size)) for size in SIZES]) == {}


def test_what_is_done_for_each_pair_is_seen() -> None:
    counts = [{"pair": size * size, "line": 90 * size, "once": 5000 * (size > 40)} for size in SIZES]
    assert faster_than_a_line(counts) == {"pair": [size * size for size in SIZES]}
