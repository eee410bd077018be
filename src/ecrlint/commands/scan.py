"""`ecrlint PATH...`: the scan, and its report in one format or several."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ecrlint import __version__
from ecrlint.commands.options import CONFIG, ROOT, SETTINGS, VAR_FILE, as_options, keep_everything, listed_paths
from ecrlint.commands.output import as_text, is_on_terminal, say, status_of, summary_of, write

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ecrlint.boundary.repository import Boundary
    from ecrlint.model.finding import Report
    from ecrlint.run.scan_state import ScanOptions


FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "rdjson")
_WITH_FIXES = ("sarif", "rdjson")  # formats that show how a finding is mended, which is tried first

_EPILOG = """\b
Other commands:
  ecrlint rules                  list the rules
  ecrlint explain NAME           show the page of a rule
  ecrlint explain "AWS MESSAGE"  find the rules that predict a message
  ecrlint fix [--diff] [PATH]... mend what has one right answer
  ecrlint why ROLE ACTION        show the statements that let a role do something, or not
  ecrlint path [WORKLOAD]        draw the way of an image, each step proven, broken or not known
  ecrlint baseline write|check   keep a list of the findings that were there before
  ecrlint hook FILES             report what belongs to changed files
  ecrlint config PATH            show which settings apply there, and why
  ecrlint bulk --store FILE DIR  scan many repositories into a store, and report it
  ecrlint integrations TOOL      print what another tool takes to run the rules

\b
Exit status: 0 clean, 1 findings at or above --fail-on, 2 usage,
3 no such findings, but a file of ours could not be read."""


def _outputs(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> list[tuple[str, str]]:
    """Each `FORMAT` or `FORMAT=FILE` as a pair; the file is empty, or `-`, for standard output."""
    pairs = []
    for word in given:
        form, equals, file = word.partition("=")
        if form not in FORMATS or (equals and not file):
            raise click.BadParameter(f"{word!r} is not FORMAT or FORMAT=FILE; formats: {', '.join(FORMATS)}", ctx, param)
        pairs.append((form, "" if file == "-" else file))
    return pairs


def _complete_format(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(form) for form in FORMATS if form.startswith(incomplete)]


@click.command("ecrlint", context_settings=SETTINGS, epilog=_EPILOG)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option("--format", "form", type=click.Choice(FORMATS), metavar="FORMAT", help=f"{', '.join(FORMATS)}; default: text.")
@click.option(
    "--output",
    "outputs",
    multiple=True,
    callback=_outputs,
    shell_complete=_complete_format,
    metavar="FORMAT[=FILE]",
    help="A report in FORMAT, to FILE or standard output; may be given several times.",
)
@click.option("--sarif-category", default="ecrlint", metavar="NAME", help="Tells the SARIF reports on one commit apart.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note"]),
    help="The least severity that makes the exit status 1.  [default: that of the configuration, or error]",
)
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colours in the text report; `always` shows it as on a terminal, wherever it goes.",
)
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="In the text report: also what was not read as a whole, and where nothing can be said to be missing, with the reasons.",
)
@ROOT
@VAR_FILE
@CONFIG
@click.version_option(__version__, prog_name="ecrlint", message="%(prog)s %(version)s")
def scan(
    paths: tuple[str, ...],
    form: str | None,
    outputs: list[tuple[str, str]],
    sarif_category: str,
    fail_on: str | None,
    color: str,
    verbose: bool,
    root: str | None,
    var_files: tuple[str, ...],
    config: str | None,
) -> int:
    """Say which push to or pull from Amazon ECR will fail, why, and what AWS will print.

    PATH is a folder or a file (default: the current folder); `-` reads a list of paths from standard input. A file
    stands for its whole unit: the Terraform root or the stack that it belongs to is read with it. Nothing outside the
    repository is read.
    """
    from ecrlint.boundary.repository import boundary

    wanted = _wanted(form, outputs)
    started = time.perf_counter()
    listed = listed_paths(paths) if paths else ["."]
    options = as_options(config, var_files, fail_on)
    within = boundary(listed, root)
    report = _scan(listed, within, options)
    if any(finding.fix for finding in report.findings) and any(kind in _WITH_FIXES for kind, _ in wanted):
        from ecrlint.run import fix

        report = fix.proven(report, listed, within, options)
    for kind, file in wanted:
        terminal = not file and is_on_terminal()
        text = (
            as_text(report, color, terminal, within.shown, verbose) if kind == "text" else _render(report, kind, sarif_category)
        )
        _put(text, file, as_it_is=kind == "text")
        if kind == "github":
            _add_to_step_summary(report)
    say(summary_of(report, time.perf_counter() - started))
    return status_of(report)


def _scan(paths: Sequence[str], within: Boundary, options: ScanOptions) -> Report:
    if not paths:  # an empty list on standard input asks for nothing, not for everything
        from ecrlint.model.finding import Report

        return Report((), (), ())

    keep_everything()
    from ecrlint.run import pipeline

    return pipeline.scan(paths, within, options)


def _wanted(form: str | None, outputs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The reports that are asked for, each a format and a file; the file is empty for standard output."""
    wanted = [*([(form, "")] if form else []), *outputs] or [("text", "")]
    files = [file for _, file in wanted]
    for file in files:
        if files.count(file) > 1:
            raise click.UsageError(
                f"two reports go to {file or 'standard output'}; give one of them a file: --output FORMAT=FILE"
            )
    return wanted


def _put(text: str, file: str, as_it_is: bool) -> None:
    if not file:
        write(text, as_it_is)
        return
    from ecrlint.boundary.writing import put
    from ecrlint.model.visible import marked

    try:
        put(file, text if as_it_is else marked(text))
    except OSError as error:
        raise click.FileError(file, error.strerror or "it cannot be written") from error


def _add_to_step_summary(report: Report) -> None:
    """The table on the page of a GitHub Actions run, in the file that Actions names."""
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if file:
        from ecrlint.boundary.writing import put
        from ecrlint.model.visible import marked
        from ecrlint.report import github

        try:
            put(file, marked(github.summary(report)), append=True)
        except OSError as error:
            say(f"ecrlint: no table in the summary of this step: {error}")


def _render(report: Report, form: str, category: str) -> str:
    """The report in a format that only programs read."""
    match form:
        case "json":
            from ecrlint.report import json

            return json.render(report)
        case "sarif":
            from ecrlint import rule_registry
            from ecrlint.report import sarif

            return sarif.render(report, rule_registry.rules(), category=category)
        case "github":
            from ecrlint.report import github

            return github.render(report)
        case "gitlab":
            from ecrlint.report import gitlab

            return gitlab.render(report)
        case "junit":
            from ecrlint.report import junit

            return junit.render(report)
    from ecrlint.report import rdjson

    return rdjson.render(report)
