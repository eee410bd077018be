"""What reading and evaluating folders of CloudFormation templates costs, beside a bare compose of those that matter.

Usage: python bench/cloudformation.py FOLDER [FOLDER ...] [--pairs 10] [--most 5.0]   (exit status 1 where a ratio is above)

Each figure is the whole of ecrlint's work on a folder in one process, rules included and every other file looked at,
against PyYAML's C parser alone on every template that ecrlint analysed there. The two are run in pairs, so that a busy
moment of the machine hits both; the figure is the median of the ratios.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable
from statistics import median


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--most", type=float, default=5.0)
    options = parser.parse_args()
    gc.disable()
    worst = 0.0
    for folder in options.folders:
        worst = max(worst, compare(folder, options.pairs))
    return int(worst > options.most)


def compare(folder: str, pairs: int) -> float:
    """The median ratio on one folder; prints its figures."""
    from ecrlint import run

    here = os.getcwd()
    os.chdir(folder)
    try:
        report = run.scan(["."], ".")
        analysed = [
            file.path for file in report.files if file.kind == "cloudformation" and file.status in ("analysed", "partial")
        ]
        texts = []
        for path in analysed:
            with open(path, encoding="utf-8", errors="replace") as file:
                texts.append(file.read())
        rows = []
        for _ in range(pairs):
            bare = seconds(lambda: [compose(text) for text in texts])
            rows.append((bare, seconds(lambda: run.scan(["."], "."))))
    finally:
        os.chdir(here)
    ratio = median(ours / bare for bare, ours in rows)
    name = os.path.basename(folder.rstrip("/"))[:50]
    size = sum(map(len, texts)) / 1e6
    parse, whole = (1000 * median(row[side] for row in rows) for side in (0, 1))
    print(f"{name:50} {len(texts):4} files {size:6.2f} MB  parse {parse:7.1f} ms  ecrlint {whole:7.1f} ms  ratio {ratio:5.2f}")
    return ratio


def compose(text: str) -> list[object]:
    """The documents of a file as PyYAML composes them, without any types."""
    import yaml

    try:
        return list(yaml.compose_all(text, Loader=yaml.CBaseLoader))
    except yaml.YAMLError:
        return []


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
