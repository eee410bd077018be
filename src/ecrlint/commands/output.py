"""What commands print, where, and the exit status that follows from a report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import click

    from ecrlint.commands.progress import ProgressLine
    from ecrlint.model.finding import Finding, Report
    from ecrlint.model.source import Span

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


def progress_line() -> ProgressLine | None:
    """The line that says what a long scan does; None where standard error is no terminal, which would not show it as a line."""
    if sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return None
    from ecrlint.commands.progress import ProgressLine

    return ProgressLine()


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


def as_text(
    report: Report,
    color: str,
    terminal: bool,
    shown: Callable[[str], str],
    verbose: bool = False,
    statistics: bool = False,
    explained: bool = False,
) -> str:
    from ecrlint.report import text

    colored = is_colored(color, terminal)
    if statistics:
        return text.statistics(report, color=colored, only_asked=True)
    full = terminal or color == "always" or (color == "auto" and is_forced())
    page = _page if colored and has_links(terminal) else lambda _: ""
    return text.render(
        report,
        full=full,
        explained=explained,
        color=colored,
        shown=shown,
        verbose=verbose,
        only_asked=True,
        page=page,
    )


def _page(finding: Finding) -> str:
    from ecrlint.boundary.installation import rule_page

    return "" if finding.family == "ignore" else rule_page(finding.family, finding.rule)


def page_on_web(finding: Finding) -> str:
    """The address of the page of a finding's rule, for readers on another machine; empty where there is none."""
    from ecrlint.boundary.installation import rule_page

    return "" if finding.family == "ignore" else rule_page(finding.family, finding.rule, only_on_web=True)


_FORGES = (("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA", "blob"), ("", "CI_PROJECT_URL", "CI_COMMIT_SHA", "-/blob"))


def place_on_web(span: Span) -> str:
    """The address of a line in the commit that GitHub Actions or GitLab CI runs on; empty elsewhere."""
    from urllib.parse import quote

    for server, repository, commit, folder in _FORGES:
        names = [os.environ.get(name, "") for name in (server, repository, commit) if name]
        if all(names):
            *where, sha = names
            return f"{'/'.join(where)}/{folder}/{sha}/{quote(span.path, errors='surrogatepass')}#L{span.line}"
    return ""


def is_colored(color: str, terminal: bool) -> bool:
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return color == "always" or (color == "auto" and (is_forced() or (terminal and not plain)))


def is_forced() -> bool:
    """Whether the environment asks for what is shown on a terminal, as the logs of many CI systems do.

    https://force-color.org
    """
    return os.environ.get("FORCE_COLOR", "") not in ("", "0", "false") and not os.environ.get("NO_COLOR")


_WITH_LINKS = {
    "TERM": ("xterm-kitty", "alacritty", "foot", "foot-extra", "xterm-ghostty", "wezterm"),
    "TERM_PROGRAM": ("iTerm.app", "WezTerm", "vscode", "Hyper", "ghostty", "Tabby", "rio", "WarpTerminal"),
}


def has_links(terminal: bool) -> bool:
    """Whether the terminal is known to show OSC 8 links, or the user says that it does (`FORCE_HYPERLINK`)."""
    asked = os.environ.get("FORCE_HYPERLINK", "")
    if asked:
        return asked not in ("0", "false")
    named = any(os.environ.get(name) in known for name, known in _WITH_LINKS.items())
    is_vte = os.environ.get("VTE_VERSION", "0").isdigit() and int(os.environ.get("VTE_VERSION", "0")) >= 5000
    others = any(os.environ.get(name) for name in ("WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "DOMTERM"))
    is_multiplexed = os.environ.get("TERM", "").startswith(("screen", "tmux"))
    return terminal and not is_multiplexed and (named or is_vte or others)


def summary_of(report: Report, seconds: float, verbose: bool = False) -> str:
    """The last line: the verdict, what was read, and how long it took."""
    from ecrlint.report import coverage

    if not report.files and not report.findings and not report.problems:
        return "No findings: found no Terraform, CloudFormation, ECS task definition or IAM policy, and no pipeline"
    unasked = sum(finding.unasked for finding in report.findings)
    hidden = "; --severity note shows the " + ("note" if unasked == 1 else "notes") if unasked else ""
    return f"{coverage.summary(report, hint='' if verbose else ' (-v lists them)')}, in {seconds:.2f} s{hidden}"


def status_of(report: Report) -> int:
    """A finding outweighs a problem: that a push fails is proven, whatever the unread file would have added."""
    if report.fails:
        return FINDINGS
    return UNREAD if report.unread else CLEAN
