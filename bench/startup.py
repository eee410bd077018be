"""What `ecrlint` on one small file costs, beside a Python that only imports the libraries that it is built on.

Usage: python bench/startup.py [--pairs 40] [--most 2.0]        (exit status 1 where the median ratio is above --most)

The two are run in pairs, one after the other, so that a busy moment of the machine hits both; the figure is the median
of the ratios.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

IMPORTS = "import click, yaml, tree_sitter, tree_sitter_hcl, tree_sitter_json"
SMALL = """\
resource "aws_ecr_repository" "app" {
  name = "app"
}

resource "aws_iam_policy" "pull" {
  name = "pull"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      {
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = aws_ecr_repository.app.arn
      },
    ]
  })
}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--most", type=float, default=2.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "main.tf").write_text(SMALL, encoding="utf-8")
        ecrlint = [str(Path(sys.executable).parent / "ecrlint"), "main.tf"]
        imports = [sys.executable, "-c", IMPORTS]
        seconds(imports, folder), seconds(ecrlint, folder)  # the first of each fills the caches
        pairs = [(seconds(imports, folder), seconds(ecrlint, folder)) for _ in range(options.pairs)]
        nothing = median(seconds([sys.executable, "-c", "pass"], folder) for _ in range(10))
    ratios = [ours / theirs for theirs, ours in pairs]
    low, _, high = quantiles(ratios, n=4)
    print(f"python alone       {1000 * nothing:7.1f} ms")
    print(f"imports alone      {1000 * median(theirs for theirs, _ in pairs):7.1f} ms")
    print(f"ecrlint main.tf    {1000 * median(ours for _, ours in pairs):7.1f} ms")
    print(f"ratio              {median(ratios):7.2f} (at most {options.most:g}; half of the pairs: {low:.2f} to {high:.2f})")
    return int(median(ratios) > options.most)


def seconds(command: list[str], folder: str) -> float:
    start = time.perf_counter()
    # An installed package has its bytecode, so ours may write it even where the environment says otherwise.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
