"""What the hook costs: one small changed file, one and 500 changed files of a repository of many roots.

Usage: python bench/hook.py [--pairs 20] [--most-small 2.5] [--most-one 0.7] [--most-many 2.0]
(exit status 1 where a ratio is above its most)

The small file is compared with a Python that only imports the libraries that ecrlint is built on, the others (500 files in as
many calls as pre-commit makes of them: one) with one scan of their repository. The two are run in pairs, one after the other, so
that a busy moment of the machine hits both; the figure is the median of the ratios.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles

from startup import SMALL, seconds

IMPORTS = "import click, yaml, tree_sitter, tree_sitter_hcl, tree_sitter_json"
MODULE = 'module "ci" {{\n  source = "../../modules/ci"\n  name   = "service-{number}"\n}}\n'
CI = """\
variable "name" {
  type = string
}

resource "aws_iam_role" "ci" {
  name               = "${var.name}-ci"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
"""
MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: service-{number}\ndata:\n  region: eu-west-1\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--most-small", type=float, default=2.5)
    parser.add_argument("--most-one", type=float, default=0.7)
    parser.add_argument("--most-many", type=float, default=2.0)
    options = parser.parse_args()
    ecrlint = str(Path(sys.executable).parent / "ecrlint")
    with tempfile.TemporaryDirectory() as folder:
        changed = repository(Path(folder) / "small", {"main.tf": SMALL})
        small = compare(changed, [sys.executable, "-c", IMPORTS], [ecrlint, "hook", "main.tf"], options.pairs)
        show("one small file", "imports alone", small, options.most_small)
        root = repository(Path(folder) / "many", many())
        files = sorted(
            path.relative_to(root).as_posix() for path in root.rglob("*.*") if path.is_file() and ".git" not in path.parts
        )
        one_file = compare(root, [ecrlint, "."], [ecrlint, "hook", "services/000/main.tf"], max(options.pairs // 4, 3))
        show(f"one of {len(files)} files", "scan of all", one_file, options.most_one)
        many_files = compare(root, [ecrlint, "."], [ecrlint, "hook", *files[:500]], max(options.pairs // 4, 3))
        show(f"500 of {len(files)} files", "scan of all", many_files, options.most_many)
    figures = ((small, options.most_small), (one_file, options.most_one), (many_files, options.most_many))
    return int(any(ratio(pairs) > most for pairs, most in figures))


def many() -> dict[str, str]:
    """A repository of 120 services, each a root with files of its own, and a module that all of them call."""
    files = {"modules/ci/main.tf": CI}
    for number in range(120):
        files[f"services/{number:03}/main.tf"] = SMALL + MODULE.format(number=number)
        files[f"services/{number:03}/more.tf"] = SMALL.replace('"app"', '"more"').replace('"pull"', '"more"')
        files |= {f"services/{number:03}/{kind}.yaml": MANIFEST.format(number=number) for kind in ("config", "service", "job")}
    return files


def repository(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)
    return root


def compare(folder: Path, theirs: list[str], ours: list[str], pairs: int) -> list[tuple[float, float]]:
    seconds(theirs, str(folder)), seconds(ours, str(folder))  # the first of each fills the caches
    return [(seconds(theirs, str(folder)), seconds(ours, str(folder))) for _ in range(pairs)]


def ratio(pairs: list[tuple[float, float]]) -> float:
    return median(ours / theirs for theirs, ours in pairs)


def show(ours: str, theirs: str, pairs: list[tuple[float, float]], most: float) -> None:
    low, _, high = quantiles([one / other for other, one in pairs], n=4)
    print(f"{theirs:<18} {1000 * median(other for other, _ in pairs):8.1f} ms")
    print(f"{ours:<18} {1000 * median(one for _, one in pairs):8.1f} ms")
    print(f"{'ratio':<18} {ratio(pairs):8.2f} (at most {most:g}; half of the pairs: {low:.2f} to {high:.2f})")


if __name__ == "__main__":
    sys.exit(main())
