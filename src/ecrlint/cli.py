"""The entry: the first word chooses the command, whose module is imported then; errors become an exit status.

Start-up is part of the product: nothing is imported here that a command may not need.
"""

from __future__ import annotations

import os
import signal
import sys

IS_PROGRAM = os.path.basename(sys.argv[0] if sys.argv else "").removesuffix(".exe") in ("ecrlint", "__main__.py")
if IS_PROGRAM and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # an interrupt ends the process without a word, until `main` catches it

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from ecrlint.commands import COMMANDS
from ecrlint.commands.output import CLEAN, INTERRUPTED, UNREAD, USAGE, say, say_error, say_lines, unwritten

if TYPE_CHECKING:
    import click


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command that `argv` (without the program's name) asks for, and returns the exit status."""
    import click

    asked = os.environ.get("_ECRLINT_COMPLETE")
    if asked and argv is None:
        from ecrlint.commands import completion

        return completion.answer(asked, COMMANDS, command)
    try:
        os.getcwd()
    except OSError:
        say("Error: the working directory is gone; change to one that is there")
        return USAGE
    words = list(sys.argv[1:] if argv is None else argv)
    name = words.pop(0) if words and words[0] in COMMANDS else ""
    try:
        if IS_PROGRAM and signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        status = command(name or "scan").main(words, prog_name=f"ecrlint {name}".rstrip(), standalone_mode=False)
    except click.ClickException as error:
        say_error(error)
        return error.exit_code if isinstance(error, click.UsageError) else USAGE
    except OSError as error:  # what click prints, or a file that went away while it was read
        say(f"Error: {unwritten(error) if error.filename is None else f'{error.filename}: {error.strerror}'}")
        return USAGE if error.filename is None else UNREAD
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:
        from ecrlint.config import ConfigError

        if isinstance(error, ConfigError):
            say(f"Error: {error}")
            return USAGE
        import traceback

        say_lines(traceback.format_exc())
        say("ecrlint: internal error in ecrlint, see above; nothing is known about the files")
        return UNREAD
    return status if isinstance(status, int) else CLEAN


def command(name: str) -> click.Command:
    """The command of a name, from the module of that name."""
    found: click.Command = getattr(import_module(f"ecrlint.commands.{name}"), name)
    return found
