"""What several commands take: their options, and the paths that they are given."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from ecrlint.commands import COMMANDS
from ecrlint.commands.output import say

if TYPE_CHECKING:
    from ecrlint.run.scan_state import ScanOptions

MAX_LIST = 64 << 20
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


def as_options(config: str | None, var_files: tuple[str, ...] = (), fail_on: str | None = None) -> ScanOptions:
    from ecrlint.config import stated
    from ecrlint.run.scan_state import ScanOptions

    return ScanOptions(stated(config), var_files, fail_on or "")


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
    gone = []
    for path in dict.fromkeys(text.split("\0" if "\0" in text else "\n")):
        path = path.removesuffix("\r")
        if os.path.exists(path):
            yield path
        elif path:
            gone.append(path)
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
