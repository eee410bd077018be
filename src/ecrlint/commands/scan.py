"""`ecrlint PATH...`: the scan, and its report in one format or several."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ecrlint import __version__
from ecrlint.commands.options import (
    BASELINE,
    CONFIG,
    EXIT_ZERO,
    IGNORE,
    ROOT,
    RULES_FROM,
    SELECT,
    SETTINGS,
    SEVERITY,
    VAR,
    VAR_FILE,
    as_options,
    keep_everything,
    listed_paths,
    standard_input,
)
from ecrlint.commands.output import (
    CLEAN,
    as_text,
    is_on_terminal,
    page_on_web,
    place_on_web,
    progress_line,
    say,
    status_of,
    summary_of,
    write,
)

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ecrlint.boundary.repository import Boundary
    from ecrlint.model.finding import Finding, Report
    from ecrlint.run.scan_state import ScanOptions


FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "rdjson", "markdown", "csv", "html")
MAX_SUMMARY = 512 << 10
"""Bytes; a step's summary of more than 1 MiB is not shown at all, and others may write to it."""

_WITH_FIXES = ("sarif", "rdjson")  # formats that show how a finding is mended, which is tried first

_EPILOG = """\b
Other commands:
  ecrlint rules                  list the rules
  ecrlint explain NAME           show the page of a rule
  ecrlint explain "AWS MESSAGE"  find the rules that predict a message
  ecrlint fix [--diff] [PATH]... fix what has one right answer
  ecrlint why ROLE ACTION        show the statements that let a role do something, or not
  ecrlint path [WORKLOAD]        draw the path of an image pull, each step proven, broken or not known
  ecrlint baseline write|check   keep a list of known findings
  ecrlint hook FILES             report what belongs to changed files
  ecrlint config PATH            show which settings apply there, and why
  ecrlint bulk --store FILE DIR  scan many repositories into a store, and report it
  ecrlint integrations TOOL      print what another tool takes to run the rules
  ecrlint server                 serve an editor (Language Server Protocol)

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
@click.option("-q", "--quiet", is_flag=True, help="Only the reports and errors: no last line, no progress.")
@click.option("--statistics", is_flag=True, help="In the text report: how many findings each rule has, in place of the findings.")
@SELECT
@IGNORE
@SEVERITY
@EXIT_ZERO
@BASELINE
@click.option(
    "--new-from",
    metavar="REF",
    help="Only findings that the tree of this commit has not; `REF...`: of the commit where HEAD has left REF.",
)
@click.option(
    "--stdin-filename",
    metavar="NAME",
    help="Scan what is on standard input as the file NAME, which need not exist, in its unit.",
)
@ROOT
@VAR_FILE
@VAR
@CONFIG
@RULES_FROM
@click.version_option(__version__, prog_name="ecrlint", message="%(prog)s %(version)s")
def scan(
    paths: tuple[str, ...],
    form: str | None,
    outputs: list[tuple[str, str]],
    sarif_category: str,
    fail_on: str | None,
    color: str,
    verbose: bool,
    quiet: bool,
    statistics: bool,
    select: frozenset[str],
    ignore: frozenset[str],
    severity: str | None,
    exit_zero: bool,
    baseline: str | None,
    new_from: str | None,
    stdin_filename: str | None,
    root: str | None,
    var_files: tuple[str, ...],
    variables: dict[str, str],
    config: str | None,
) -> int:
    """Say which push to or pull from Amazon ECR will fail, why, and what AWS will print.

    PATH is a folder or a file (default: the current folder); `-` reads a list of paths from standard input. A file
    stands for its whole unit: the Terraform root or the stack that it belongs to is read with it. Nothing outside the
    repository is read.
    """
    from ecrlint.boundary.repository import boundary

    wanted = _wanted(form, outputs)
    if statistics and "text" not in (kind for kind, _ in wanted):
        raise click.UsageError("--statistics is for the text report")
    started = time.perf_counter()
    listed = _listed(paths, stdin_filename)
    within = boundary(listed, root)
    progress = None if quiet else progress_line()
    options = as_options(
        config,
        var_files,
        fail_on,
        baseline,
        variables=variables,
        severity=severity or "",
        select=select,
        ignore=ignore,
        texts={} if stdin_filename is None else _text_of(stdin_filename, within),
        progress=progress,
    )
    others: tuple[Finding, ...] = ()
    try:
        if new_from is None:
            report = _scan(listed, within, options)
        else:
            report, others = _scan_change(listed, within, options, new_from)
        if any(finding.fix for finding in report.findings) and any(kind in _WITH_FIXES for kind, _ in wanted):
            from ecrlint.run import fix

            report = fix.proven(report, listed, within, options, others)
    finally:
        if progress is not None:
            progress.clear()
    for kind, file in wanted:
        terminal = not file and is_on_terminal()
        text = (
            as_text(report, color, terminal, within.shown, verbose, statistics)
            if kind == "text"
            else _render(report, kind, sarif_category)
        )
        _put(text, file, as_it_is=kind == "text")
        if kind == "github":
            _add_to_step_summary(report)
    if not quiet:
        say(summary_of(report, time.perf_counter() - started, verbose))
    return CLEAN if exit_zero else status_of(report)


def _listed(paths: tuple[str, ...], stdin_filename: str | None) -> list[str]:
    """What is to be scanned: the paths, or else the file whose content is given, or else the current folder."""
    if stdin_filename is None:
        return listed_paths(paths) if paths else ["."]
    if "-" in paths:
        raise click.UsageError("standard input is either a list of paths (`-`) or content (--stdin-filename)")
    if os.path.isdir(stdin_filename) or not os.path.isdir(os.path.dirname(stdin_filename) or "."):
        raise click.BadParameter(
            f"{stdin_filename!r} is not the name of a file in a folder that exists", param_hint="--stdin-filename"
        )
    return [*listed_paths(paths), stdin_filename]


def _text_of(name: str, within: Boundary) -> dict[str, bytes]:
    """What is on standard input, by the path of the file that it stands for."""
    from ecrlint.boundary.repository import real
    from ecrlint.run.read.files import MAX_BYTES

    return {within.inside(real(name)): standard_input("content", MAX_BYTES)}


def _scan(paths: Sequence[str], within: Boundary, options: ScanOptions) -> Report:
    if not paths:  # an empty list on standard input asks for nothing, not for everything
        from ecrlint.model.finding import Report

        return Report((), (), ())

    keep_everything()
    from ecrlint.run import pipeline

    return pipeline.scan(paths, within, options)


def _scan_change(
    paths: Sequence[str], within: Boundary, options: ScanOptions, new_from: str
) -> tuple[Report, tuple[Finding, ...]]:
    """The report on what is new since a commit, and the findings that were there before."""
    from ecrlint.run import new_from as stage

    keep_everything()
    try:
        found = stage.scan(paths, within, options, new_from)
    except stage.NoSuchCommit as error:
        raise click.BadParameter(str(error), param_hint="--new-from") from None
    return found.report, found.others


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
    """The findings on the page of a GitHub Actions run, in the file that Actions names."""
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if file:
        from ecrlint.boundary.writing import put
        from ecrlint.model.visible import marked
        from ecrlint.report import markdown

        try:
            put(file, marked(markdown.render(report, page=page_on_web, link=place_on_web, most=MAX_SUMMARY)), append=True)
        except OSError as error:
            say(f"ecrlint: nothing in the summary of this step: {error}")


def _render(report: Report, form: str, category: str) -> str:
    """The report in a format that only programs read."""
    match form:
        case "json":
            from ecrlint.report import json

            return json.render(report)
        case "sarif":
            from functools import partial

            from ecrlint import rule_registry
            from ecrlint.boundary.installation import rule_page
            from ecrlint.report import sarif

            return sarif.render(report, rule_registry.rules(), category=category, page=partial(rule_page, only_on_web=True))
        case "github":
            from ecrlint.report import github

            return github.render(report)
        case "gitlab":
            from ecrlint.report import gitlab

            return gitlab.render(report)
        case "junit":
            from ecrlint.report import junit

            return junit.render(report)
        case "markdown":
            from ecrlint.report import markdown

            return markdown.render(report, page=page_on_web, link=place_on_web)
        case "csv":
            from ecrlint.report import csv

            return csv.render(report)
        case "html":
            from ecrlint.report import html

            return html.render(report, page=page_on_web, link=place_on_web)
    from ecrlint.report import rdjson

    return rdjson.render(report)
