"""Scaffolds a rule: its module, a fixture that fires with its quiet twin, and its number in other tools.

Usage: python tools/new_rule.py FAMILY NAME        (identity token-on-repository)
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

MODULE = '''\
"""TODO: one sentence that says what is wrong and fails, without a full stop

## What fails

TODO: which push or pull, when, and what the user sees.

## Why

TODO: what AWS does.

## Fix

TODO: the change, in Terraform and in CloudFormation.

## References

- TODO: the AWS page that says so
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.model.finding import Finding, Severity
from ecrlint.model.stack import Stack

SEVERITY = Severity.ERROR
SYMPTOM = "TODO: the message that AWS prints, with ... for what differs from account to account"


def check(stack: Stack) -> Iterator[Finding]:
    yield from ()
'''

FIRES = "# TODO: the smallest lifelike stack that has the flaw\n"
QUIET = "# TODO: the same stack without the flaw; add a case for each way in which a value can be unknown\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("family", choices=families(ROOT), metavar="FAMILY", help=f"one of {', '.join(families(ROOT))}")
    parser.add_argument("name", metavar="NAME", help="reads as the flaw, with dashes: token-on-repository")
    options = parser.parse_args()
    try:
        written = scaffold(ROOT, options.family, options.name)
    except ValueError as error:
        parser.error(str(error))
    for path in written:
        print(path.relative_to(ROOT).as_posix())
    print("write the fixtures first; then pytest tests/test_fixtures.py --update-golden, and python tools/docs.py")
    return 0


def families(root: Path) -> list[str]:
    """The folders of rules."""
    return sorted(path.parent.name for path in (root / "rules").glob("*/__init__.py"))


def scaffold(root: Path, family: str, name: str) -> list[Path]:
    """Writes the files of a new rule and returns their paths; raises ValueError, having written nothing, where it cannot."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", name):
        raise ValueError(f"{name}: a name has at least two words, in lower case, with dashes: token-on-repository")
    module = name.replace("-", "_")
    taken = [*(root / "rules").glob(f"*/{module}.py"), *(root / "tests" / "fixtures").glob(name)]
    if taken:
        raise ValueError(f"{name}: {taken[0].relative_to(root).as_posix()} exists")
    fixtures = root / "tests" / "fixtures" / name
    files = {
        root / "rules" / family / f"{module}.py": MODULE,
        fixtures / "fires" / "terraform" / "main.tf": FIRES,
        fixtures / "quiet" / "terraform" / "main.tf": QUIET,
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [*files, number(root, name)]


def number(root: Path, name: str) -> Path:
    """Gives a rule the next number in `ecrlint.integrations.numbers`, and returns the path of that table."""
    path = root / "src" / "ecrlint" / "integrations" / "numbers.py"
    table, end, rest = path.read_text(encoding="utf-8").partition('\n}\n"""By rule')
    last = max(int(found) for found in re.findall(r": (\d+),", table + ","))
    path.write_text(f'{table}\n    "{name}": {last + 1},{end}{rest}', encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
