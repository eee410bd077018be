"""Rewrites of folders of infrastructure, each scanned and held against what was said before.

.venv/bin/python bench/truth FOLDER... [--count N] [--seconds T] [--seed S] [--kind WORDS] [--number I] [-v]

A folder is one input, or with --each a folder of inputs, and those that fixtures are made of are found with --fixtures.
Each input gets N rewrites of one place, or as many as T seconds of the processor allow, drawn from the seed. Where the value
stays the same, the same findings are expected; where it is not known any more, no error that was not there before. -v prints
every violation with its patch and the number that makes it again with --number. An interrupt ends a run with what it has.

--planted plants faults instead, at most N of each kind in an input, and says how many are flagged, quiet with a reason that -v or
`why` names, harmless because something else grants the same, or missed.

--adders adds instead, to each input, what may add to a role, a group, a table or a VPC by an id that is not known: in a unit
of its own it takes no finding away, in a unit that is here it leaves no error that rests on the set being closed.
"""

from __future__ import annotations

import argparse
import itertools
import posixpath
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from truth import adders, expressions, files, planted, templates
from truth.judge import Judgement, judge, judge_elsewhere, judge_within
from truth.rewrite import Folder, Rewrite, Verdicts, diff

WHOLE = (files.line_ends, files.json_layout, files.yaml_to_json, files.to_json, files.reordered, files.split, files.counted)
COLUMNS = ("tried", "violated", "new errors", "lost", "other", "problems")


def rewrites(folder: Folder, draw: random.Random) -> Iterator[Rewrite]:
    """Rewrites of an input without end: four of five of one value, the others of a whole file."""
    names = sorted(folder.texts)
    valued: list[Iterator[Rewrite]] = []
    nodes = {
        name: files.composed(data)
        for name, data in folder.texts.items()
        if name.endswith((".yaml", ".yml", ".json", ".template"))
    }
    roots = set(files.terraform_roots(folder.texts))
    deployed = {posixpath.dirname(name) for name in names if files.DEPLOYED.search(folder.texts[name])}
    has_values = any(name.endswith((".tfvars", ".tfvars.json")) for name in names)
    for name in names:
        if name.endswith(files.TERRAFORM):
            is_root = posixpath.dirname(name) in roots and not has_values
            is_deployed = not is_root or posixpath.dirname(name) in deployed
            valued.append(iter(expressions.rewrites(name, folder.texts[name], draw, is_root, is_deployed)))
    for name, node in nodes.items():
        if node is not None and templates.is_template(node):
            valued.append(iter(templates.rewrites(name, folder.texts[name].decode(), node, draw)))
    vain = 0
    while vain < 200:
        vain += 1
        rewrite = None
        if valued and draw.random() < 0.8:
            source = draw.choice(valued)
            rewrite = next(source, None)
            if rewrite is None:
                valued.remove(source)
        elif draw.random() < 0.1:
            rewrite = files.in_module(folder.texts, draw)
        elif names:
            name = draw.choice(names)
            rewrite = draw.choice(WHOLE)(name, folder.texts[name], draw)
        if rewrite is not None:
            vain = 0
            yield rewrite


def inputs(arguments: argparse.Namespace) -> Iterator[Path]:
    for folder in map(Path, arguments.folders):
        if arguments.fixtures:
            yield from sorted(one for kind in ("fires", "quiet") for one in folder.glob(f"*/{kind}/*") if one.is_dir())
        elif arguments.each:
            yield from sorted(one for one in folder.iterdir() if one.is_dir())
        else:
            yield folder


def changes(folder: Folder, count: int, seconds: float, seed: str) -> Iterator[tuple[Rewrite, Verdicts, Judgement]]:
    """Rewrites of one place each, and what they did."""
    draw = random.Random(f"{seed}:{folder.original.name}")
    end = time.process_time() + seconds
    for rewrite in itertools.islice(rewrites(folder, draw), count):
        if time.process_time() > end:
            return
        after = folder.after(rewrite)
        yield rewrite, after, judge(folder.before, after, rewrite)


def additions(folder: Folder) -> Iterator[tuple[Rewrite, Verdicts, Judgement]]:
    """What may add to each set, in a unit of its own and in every unit that is here, and what it did."""
    roots = set(files.terraform_roots(folder.texts))
    for adder in adders.ADDERS:
        apart, inside = adders.elsewhere(adder), adders.within(folder, adder)
        after = folder.after(apart)
        yield apart, after, judge_elsewhere(folder.before, after)
        after = folder.after(inside)
        changed = (name for name in folder.texts if name in inside.files or posixpath.dirname(name) in roots)
        yield inside, after, judge_within(after, adder, frozenset(changed))


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--fixtures", action="store_true")
    parser.add_argument("--adders", action="store_true")
    parser.add_argument("--planted", action="store_true")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", default="1")
    parser.add_argument("--number", type=int)
    parser.add_argument("--kind", default="")
    parser.add_argument("-v", action="store_true", dest="verbose")
    arguments = parser.parse_args(words)
    if arguments.planted:
        return plant(arguments)
    table: dict[tuple[bool, str], Counter[str]] = {}
    try:
        run(arguments, table)
    except KeyboardInterrupt:
        print("interrupted")
    show(table)
    return int(any(row["violated"] for row in table.values()))


def run(arguments: argparse.Namespace, table: dict[tuple[bool, str], Counter[str]]) -> None:
    """Try the rewrites or additions of every input, count them by kind, and print violations."""
    for original in inputs(arguments):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Folder(original, Path(scratch).resolve())
            tried = additions(folder) if arguments.adders else changes(folder, arguments.count, arguments.seconds, arguments.seed)
            for number, (rewrite, _, judgement) in enumerate(tried):
                if arguments.kind not in rewrite.kind or arguments.number not in (None, number):
                    continue
                count(table, rewrite, judgement)
                if judgement.is_violated and arguments.verbose:
                    print(f"--- {original} --number {number} [{rewrite.kind}]")
                    print("\n".join(violations(judgement)))
                    print(diff(folder, rewrite) if not arguments.adders else "", "\n", flush=True)


OUTCOMES: tuple[planted.Outcome, ...] = ("flagged", "by another", "reason", "harmless", "no subject", "missed")


def plant(arguments: argparse.Namespace) -> int:
    """Plant faults in every input, and print what became of them; with -v each that is not flagged."""
    table: dict[str, Counter[str]] = {}
    for original in inputs(arguments):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Folder(original, Path(scratch).resolve())
            for number, (rewrite, result) in enumerate(planted.plant(folder, arguments.seed, arguments.count, arguments.kind)):
                if arguments.number not in (None, number):
                    continue
                table.setdefault(rewrite.kind, Counter())[result.outcome] += 1
                if arguments.verbose and result.outcome != "flagged":
                    print(f"--- {original} --number {number} [{rewrite.kind}] {result.outcome}: {result.words}")
                    print(diff(folder, rewrite), "\n", flush=True)
    for kind, row in sorted(table.items()):
        print(f"{kind:52}", *(f"{row[outcome]:>10}" for outcome in OUTCOMES))
    total = sum(table.values(), Counter[str]())
    print(f"{'all':52}", *(f"{total[outcome]:>10}" for outcome in OUTCOMES))
    print(f"{'fault':52}", *(f"{outcome:>10}" for outcome in OUTCOMES))
    return int(total["missed"] > 0)


def count(table: dict[tuple[bool, str], Counter[str]], rewrite: Rewrite, judgement: Judgement) -> None:
    row = table.setdefault((rewrite.keeps_value, rewrite.kind), Counter())
    row.update(tried=1, violated=judgement.is_violated)
    row.update({"new errors": len(judgement.new), "lost": len(judgement.lost)})
    row.update(other=len(judgement.other), problems=len(judgement.problems))


def violations(judgement: Judgement) -> Iterator[str]:
    for word, verdicts in (("new error", judgement.new), ("lost", judgement.lost), ("other", judgement.other)):
        yield from (f"{word}: {one.severity} {one.rule} {one.address} ({one.cause})" for one in sorted(verdicts))
    yield from (f"problem: {problem}" for problem in sorted(judgement.problems))


def show(table: dict[tuple[bool, str], Counter[str]]) -> None:
    total: Counter[str] = Counter()
    for (keeps_value, kind), row in sorted(table.items(), key=lambda item: (not item[0][0], item[0][1])):
        total.update(row)
        print(f"{'same' if keeps_value else 'unknown':8} {kind:48}", *(f"{row[column]:>10}" for column in COLUMNS))
    print(f"{'':8} {'kind':48}", *(f"{column:>10}" for column in COLUMNS))
    print(f"{'':8} {'all':48}", *(f"{total[column]:>10}" for column in COLUMNS))
