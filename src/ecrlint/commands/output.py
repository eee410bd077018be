"""What commands print, where, and the exit status that follows from a report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import click

    from ecrlint.model.finding import Report

LONGEST = 1000
"""How many characters of a line on standard error are shown, which may hold a name or a value of any length."""

CLEAN, FINDINGS, USAGE, UNREAD, INTERRUPTED = 0, 1, 2, 3, 130


def write(text: str, as_it_is: bool = False) -> None:
    """Prints to standard output whatever its encoding; a reader that has gone away does not change the exit status.

    `as_it_is`: a text in colours, whose parts have their marks already, or one that a program reads byte for byte.
    """
    if not as_it_is:
        from ecrlint.model.visible import marked

        text = marked(text)
    stream = sys.stdout
    if stream is None:  # it was closed before the start
        return
    try:
        stream.write(text)
        stream.flush()
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        _silence(stream)
    except OSError as error:
        import click

        raise click.ClickException(unwritten(error)) from error


def unwritten(error: OSError) -> str:
    """What is said where standard output takes nothing more, which from then on leads nowhere."""
    if sys.stdout is not None:
        _silence(sys.stdout)
    return f"standard output cannot be written: {error.strerror}"


def _silence(stream: TextIO) -> None:
    from ecrlint.boundary.writing import silence

    silence(stream)


def is_on_terminal() -> bool:
    """Whether somebody reads standard output as it comes."""
    return sys.stdout is not None and sys.stdout.isatty()


def say(text: str) -> None:
    """One line on standard error."""
    from ecrlint.model.visible import one_line, short

    say_lines(short(one_line(text), LONGEST))


def say_lines(text: str) -> None:
    """Some lines on standard error."""
    import click

    from ecrlint.model.visible import marked

    with suppress(OSError):  # nobody can be told that nobody can be told
        click.echo(marked(text).rstrip("\n"), err=True)


def say_error(error: click.ClickException) -> None:
    """What click says of an error, which may hold a name from a scanned tree."""
    import io

    import click

    from ecrlint.model.visible import one_line, short

    shown, said = io.StringIO(), error.format_message()
    error.show(shown)  # without colours, as in what it is compared with
    say_lines(shown.getvalue().replace(click.unstyle(said), short(one_line(said), LONGEST)))


def as_text(report: Report, color: str, terminal: bool, shown: Callable[[str], str], verbose: bool = False) -> str:
    from ecrlint.report import text

    full = terminal or color == "always"
    return text.render(report, full=full, color=is_colored(color, terminal), shown=shown, verbose=verbose)


def is_colored(color: str, terminal: bool) -> bool:
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return color == "always" or (color == "auto" and terminal and not plain)


def summary_of(report: Report, seconds: float) -> str:
    from ecrlint.report import coverage

    read = f"{coverage.summary(report)} ({seconds:.2f} s)"
    if not report.files:
        read += "; found no Terraform, CloudFormation, ECS task definition or IAM policy"
    return read


def status_of(report: Report) -> int:
    """A finding outweighs a problem: that a push fails is proven, whatever the unread file would have added."""
    if report.fails:
        return FINDINGS
    return UNREAD if report.unread else CLEAN
