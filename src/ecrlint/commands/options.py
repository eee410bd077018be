"""What several commands take: their options, and the paths that they are given."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from ecrlint.commands import COMMANDS
from ecrlint.commands.output import say

if TYPE_CHECKING:
    from ecrlint.run.scan_state import ScanOptions

MAX_LIST = 64 << 20
LONGEST_NAME = 200
MAX_GONE = 100
"""How many paths of a list are named that are not there."""

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def _a_configuration(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and value != "none" and not os.path.isfile(value):
        raise click.BadParameter(f"no such file: {value}")
    return value


VAR_FILE = click.option(
    "--var-file",
    "var_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="Terraform variable file, as Terraform takes it; the last one wins. In place of the configured environments.",
)
ROOT = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Where reading ends, in place of the repository that the paths lie in.",
)
CONFIG = click.option(
    "--config",
    metavar="FILE",
    callback=_a_configuration,
    help="A configuration for all files, in place of the nearest above each; `none`: no configuration.",
)


def _add_rules(ctx: click.Context, param: click.Parameter, folders: tuple[str, ...]) -> None:
    if not folders:
        return
    from ecrlint import rule_registry

    for folder in folders:
        try:
            rule_registry.add_rules_from(folder)
        except rule_registry.RuleError as error:
            raise click.BadParameter(str(error), ctx, param) from error


RULES_FROM = click.option(
    "--rules-from",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    expose_value=False,
    is_eager=True,
    callback=_add_rules,
    metavar="DIR",
    help="Rules of one's own: each module of DIR is one. This runs its code.",
)


def _assignments(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Each `NAME=VALUE`; of two with one name the last counts, as for Terraform."""
    pairs = [word.partition("=") for word in given]
    for name, equals, _ in pairs:
        if not equals or not name:
            raise click.BadParameter(f"{name!r} is not NAME=VALUE", ctx, param)
    return {name.strip(): value for name, _, value in pairs}


def _rule_names(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> frozenset[str]:
    """Names of rules and families, separated by commas."""
    names = frozenset(name.strip() for word in given for name in word.split(",") if name.strip())
    if names:
        from difflib import get_close_matches

        from ecrlint import rule_registry

        rules = rule_registry.rules()
        known = {*rule_registry.OWN, *(rule.name for rule in rules), *(rule.family for rule in rules)}
        for name in sorted(names - known):
            nearest = "".join(f"; nearest: {one}" for one in get_close_matches(name, sorted(known), n=1, cutoff=0.4))
            raise click.BadParameter(f"there is no rule or family {name!r}{nearest}", ctx, param)
    return names


VAR = click.option(
    "--var",
    "variables",
    multiple=True,
    callback=_assignments,
    metavar="NAME=VALUE",
    help="Value of a Terraform variable, as Terraform takes it; outweighs the files.",
)
SELECT = click.option(
    "--select",
    multiple=True,
    callback=_rule_names,
    metavar="RULE,...",
    help="Only these rules, or families of rules, whatever the configuration says.",
)
IGNORE = click.option(
    "--ignore", multiple=True, callback=_rule_names, metavar="RULE,...", help="All rules but these, or these families."
)
SEVERITY = click.option(
    "--severity",
    type=click.Choice(["error", "warning", "note"]),
    help="The least severity that is reported; `note` also shows notes in the text report.",
)
BASELINE = click.option(
    "--baseline",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="The baseline, in place of the configured one or the one that is found.",
)
EXIT_ZERO = click.option("--exit-zero", is_flag=True, help="Exit status 0 whatever is found.")


def as_options(
    config: str | None, var_files: tuple[str, ...] = (), fail_on: str | None = None, baseline: str | None = None, **others: Any
) -> ScanOptions:
    """The options of a run; `others` are fields of `ScanOptions`."""
    from ecrlint.config import stated
    from ecrlint.run.scan_state import ScanOptions

    return ScanOptions(
        stated(config), var_files, fail_on or "", baseline=os.path.realpath(baseline) if baseline else "", **others
    )


def keep_everything() -> None:
    """For a command that makes one large tree of objects and ends: looking for garbage in it costs more than the scan."""
    import atexit
    import gc

    gc.disable()
    atexit.register(gc.freeze)  # nor is it looked for at the end


def listed_paths(paths: Iterable[str]) -> list[str]:
    """The paths to scan, `-` replaced by the list on standard input."""
    listed: list[str] = []
    for path in paths:
        if path == "-":
            listed.extend(_from_stdin())
        elif os.path.exists(path):
            listed.append(path)
        else:
            raise click.UsageError(f"no such file or folder: {path}{_nearest_command(path)}")
    return list(dict.fromkeys(listed))


def _nearest_command(word: str) -> str:
    """The command that somebody may have meant by a word that is no path."""
    from difflib import get_close_matches

    return "".join(f"; there is a command {name}" for name in get_close_matches(word, COMMANDS, n=1, cutoff=0.7))


def _from_stdin() -> Iterable[str]:
    """Paths, one a line or separated by NUL. One that is gone is not an error: a list of changes names deleted files too."""
    text = os.fsdecode(standard_input("list of paths", MAX_LIST))
    paths = (path.removesuffix("\r") for path in text.split("\0" if "\0" in text else "\n"))
    distinct = [path for path in dict.fromkeys(paths) if path]
    gone = [path for path in distinct if not os.path.exists(path)]
    yield from (path for path in distinct if path not in set(gone))
    if gone and len(gone) == len(distinct):
        is_content = gone[0].lstrip()[:1] in ("{", "[") or len(gone[0]) > LONGEST_NAME
        named = "" if is_content else f", first {gone[0]!r}"
        raise click.UsageError(
            f"`-` reads a list of paths, and none of those on standard input exists{named}; "
            "to scan content: ecrlint --stdin-filename NAME < NAME"
        )
    for path in gone[:MAX_GONE]:
        say(f"ecrlint: {path}: not there, so not read")
    if len(gone) > MAX_GONE:
        say(f"ecrlint: {len(gone) - MAX_GONE} more are not there")


def standard_input(what: str, most: int) -> bytes:
    """What is on standard input. Raises `UsageError` where it is closed, cannot be read, or holds more than so many bytes."""
    if sys.stdin is None:
        raise click.UsageError(f"standard input is closed, so there is no {what} on it")
    try:
        data = sys.stdin.buffer.read(most + 1)
    except OSError as error:
        raise click.UsageError(f"standard input cannot be read: {error.strerror}") from None
    if len(data) > most:
        raise click.UsageError(f"the {what} on standard input is larger than {most >> 10} KiB")
    return data
