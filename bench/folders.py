"""What ecrlint costs on whole folders of one language, beside a bare parse of the files that it analysed there.

Usage: python bench/folders.py terraform|cloudformation FOLDER [FOLDER ...] [--pairs 10] [--most N]
(exit status 1 where a ratio is above --most, by default 6 for Terraform and 5 for CloudFormation)

Each figure is the whole of ecrlint's work on a folder in one process, rules included and every other file looked at,
against tree-sitter or PyYAML's C parser alone. The two are run in pairs, so that a busy moment of the machine hits both;
the figure is the median of the ratios.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

MOST = {"terraform": 6.0, "cloudformation": 5.0}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("language", choices=MOST)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--most", type=float)
    options = parser.parse_args()
    gc.disable()
    worst = max(compare(options.language, folder, options.pairs) for folder in options.folders)
    return int(worst > (options.most or MOST[options.language]))


def compare(language: str, folder: str, pairs: int) -> float:
    """The median ratio on one folder; prints its figures."""
    from ecrlint.run import pipeline

    parse: Callable[[Any], object] = hcl() if language == "terraform" else yaml_documents
    here = os.getcwd()
    os.chdir(folder)
    try:
        report = pipeline.scan(["."], ".")
        analysed = [file.path for file in report.files if file.kind == language and file.status in ("analysed", "partial")]
        texts = []
        for path in analysed:
            with open(path, "rb") as file:
                texts.append(file.read())
        given = texts if language == "terraform" else [text.decode("utf-8", "replace") for text in texts]
        rows = []
        for _ in range(pairs):
            bare = seconds(lambda: [parse(text) for text in given])
            rows.append((bare, seconds(lambda: pipeline.scan(["."], "."))))
    finally:
        os.chdir(here)
    ratio = median(ours / bare for bare, ours in rows)
    name = os.path.basename(folder.rstrip("/"))[:50]
    size = sum(map(len, texts)) / 1e6
    alone, whole = (1000 * median(row[side] for row in rows) for side in (0, 1))
    print(f"{name:50} {len(texts):4} files {size:6.2f} MB  parse {alone:7.1f} ms  ecrlint {whole:7.1f} ms  ratio {ratio:5.2f}")
    return ratio


def hcl() -> Callable[[bytes], object]:
    """tree-sitter's parser."""
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language())).parse


def yaml_documents(text: str) -> list[object]:
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
