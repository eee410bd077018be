"""What `ecrlint bulk` costs beside a loop of scans over checkouts of the same repositories, and whether it finds the same.

Usage: python bench/bulk.py FOLDER [--most 60]      (FOLDER: one with bare repositories or checkouts in it)
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ecrlint.boundary.git import find_repositories

ECRLINT = [sys.executable, "-m", "ecrlint"]


class Watch:
    """Measures what is done within it: seconds by the clock, and of the processor in all processes that are started."""

    def __enter__(self) -> Watch:
        self.started, self.used = time.perf_counter(), self._processor()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds, self.processor = time.perf_counter() - self.started, self._processor() - self.used

    @staticmethod
    def _processor() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def said(self, what: str, count: int) -> str:
        rate = count / max(self.seconds, 1e-6)
        return f"{what:<28} {self.seconds:7.2f} s, {self.processor:7.2f} s of the processor, {rate:8.1f} repositories a second"


def bulk(store: Path, places: list[str], jobs: int) -> Watch:
    with Watch() as watch:
        command = [*ECRLINT, "bulk", "--store", str(store), "--jobs", str(jobs), "-"]
        subprocess.run(command, input="\n".join(places), text=True, stderr=subprocess.DEVNULL, check=False)
    return watch


def looped(checkouts: list[Path]) -> tuple[Watch, dict[str, list[str]]]:
    found: dict[str, list[str]] = {}
    with Watch() as watch:
        for top in checkouts:
            done = subprocess.run([*ECRLINT, "--format", "json", str(top)], capture_output=True, text=True, check=False)
            report: dict[str, Any] = json.loads(done.stdout)
            found[str(top)] = sorted(finding["fingerprint"] for finding in report["findings"])
    return watch, found


def stored(store: Path) -> dict[str, list[str]]:
    """The fingerprints of the findings of each repository, by its place."""
    database = sqlite3.connect(store)
    found: dict[str, list[str]] = {place: [] for (place,) in database.execute("SELECT place FROM latest")}
    for place, mark in database.execute(
        'SELECT place, fingerprint FROM latest JOIN findings ON id = findings."commit" WHERE gone_run IS NULL ORDER BY 2'
    ):
        found[place].append(mark)
    database.close()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--most", type=int, default=60)
    given = parser.parse_args()
    places = list(find_repositories(os.path.realpath(given.folder)))[: given.most]
    with tempfile.TemporaryDirectory() as directory:
        checkouts = {place: Path(directory, str(number)) for number, place in enumerate(places)}
        for place, top in checkouts.items():
            subprocess.run(["git", "clone", "-q", place, top], check=True, capture_output=True)
        loop, found = looped(list(checkouts.values()))
        print(loop.said("loop over checkouts", len(places)))
        for jobs in (1, os.cpu_count() or 1):
            store = Path(directory, f"{jobs}.db")
            cold = bulk(store, places, jobs)
            print(cold.said(f"bulk --jobs {jobs}, cold", len(places)))
            print(bulk(store, places, jobs).said(f"bulk --jobs {jobs}, warm", len(places)))
        differ = [place for place, top in checkouts.items() if stored(store)[place] != found[str(top)]]
    print(f"{loop.processor / cold.processor:.1f} times less of the processor; {len(differ)} repositories differ {differ or ''}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
