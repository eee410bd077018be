"""What reading the generated tables of actions and managed policies costs, beside a Python that only starts.

Usage: python bench/tables.py [--pairs 20] [--most 1.5]        (exit status 1 where the median ratio is above --most)

The two are run in pairs, one after the other, so that a busy moment of the machine hits both; the figure is the median
of the ratios. A start imports the modules of the tables and what they are read with; the other reads the tables too.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from statistics import median

IMPORTS = "import json, pkgutil; from ecrlint.iam import actions, managed"
READING = f"{IMPORTS}; actions.has_resource('ecr:PutImage'); managed.exists('')"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--most", type=float, default=1.5)
    options = parser.parse_args()
    pairs = [(seconds(IMPORTS), seconds(READING)) for _ in range(options.pairs)]
    ratio = median(reading / start for start, reading in pairs)
    print(f"imports alone {median(start for start, _ in pairs) * 1000:7.1f} ms")
    print(f"with tables   {median(reading for _, reading in pairs) * 1000:7.1f} ms")
    print(f"ratio         {ratio:7.2f} (at most {options.most:g})")
    return int(ratio > options.most)


def seconds(program: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
