"""The command line: words in, text and an exit status out. The only module that prints.

Start-up is part of the product, so this module imports click and nothing else; each command imports what it runs.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from ecrlint import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ecrlint.model.finding import Report
    from ecrlint.model.picture import Picture
    from ecrlint.model.rule import Rule
    from ecrlint.run.mending import Mended
    from ecrlint.run.state import Options
    from ecrlint.symptoms import Match

CLEAN, FINDINGS, USAGE, UNREAD, INTERRUPTED = 0, 1, 2, 3, 130
FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "rdjson")
_WITH_FIXES = ("sarif", "rdjson")  # formats that show how a finding is mended, which is tried first

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
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

\b
Exit status: 0 clean, 1 findings at or above --fail-on, 2 usage,
3 no such findings, but a file of ours could not be read."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command that `argv` (without the program's name) asks for, and returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    command = _COMMANDS.get(words[0]) if words else None
    name = "ecrlint" if command is None else f"ecrlint {words.pop(0)}"
    try:
        status = (command or scan).main(words, prog_name=name, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code if isinstance(error, click.UsageError) else USAGE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:
        if type(error).__name__ == "ConfigError":  # of a module that a start does not import
            _say(f"Error: {error}")
            return USAGE
        import traceback

        traceback.print_exc()
        _say("ecrlint: internal error in ecrlint, see above; nothing is known about the files")
        return UNREAD
    return status if isinstance(status, int) else CLEAN


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Paths, the other commands in the first place, and the names of rules after `explain`."""
    from click.shell_completion import CompletionItem

    before = ctx.params.get("paths") or ()
    if before[:1] == ("explain",):
        from ecrlint import registry

        return [CompletionItem(rule.name) for rule in registry.rules() if rule.name.startswith(incomplete)]
    commands = [CompletionItem(name) for name in _COMMANDS if name.startswith(incomplete) and not before]
    return [*commands, CompletionItem(incomplete, type="file")]


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


def _a_configuration(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and value != "none" and not os.path.isfile(value):
        raise click.BadParameter(f"no such file: {value}")
    return value


_VAR_FILE = click.option(
    "--var-file",
    "var_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="Terraform variable file, as Terraform takes it; the last one wins. In place of the configured environments.",
)
_CONFIG = click.option(
    "--config",
    metavar="FILE",
    callback=_a_configuration,
    help="A configuration for all files, in place of the nearest above each; `none`: no configuration.",
)


@click.command("ecrlint", context_settings=_SETTINGS, epilog=_EPILOG)
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=_complete)
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
@_VAR_FILE
@_CONFIG
@click.version_option(__version__, prog_name="ecrlint", message="%(prog)s %(version)s")
def scan(
    paths: tuple[str, ...],
    form: str | None,
    outputs: list[tuple[str, str]],
    sarif_category: str,
    fail_on: str | None,
    color: str,
    var_files: tuple[str, ...],
    config: str | None,
) -> int:
    """Say which push to or pull from Amazon ECR will fail, why, and what AWS will print.

    PATH is a folder or a file (default: the current folder); `-` reads a list of paths from standard input. A file
    stands for its whole unit: the Terraform root or the stack that it belongs to is read with it.
    """
    wanted = _wanted(form, outputs)
    started = time.perf_counter()
    listed = _listed(paths) if paths else ["."]
    options = _options(config, var_files, fail_on)
    report = _scan(listed, options)
    if any(finding.fix for finding in report.findings) and any(kind in _WITH_FIXES for kind, _ in wanted):
        from ecrlint.run import mending

        report = mending.proven(report, listed, options=options)
    for kind, file in wanted:
        terminal = not file and sys.stdout.isatty()
        _put(_as_text(report, color, terminal) if kind == "text" else _render(report, kind, sarif_category), file)
        if kind == "github":
            _add_to_step_summary(report)
    _say(_summary(report, time.perf_counter() - started))
    return _status(report)


def _options(config: str | None, var_files: tuple[str, ...] = (), fail_on: str | None = None) -> Options:
    from ecrlint.config import Config, load
    from ecrlint.run.state import Options

    given = None if config is None else Config("", os.getcwd()) if config == "none" else load(config)
    return Options(given, var_files, fail_on or "")


def _scan(paths: Sequence[str], options: Options) -> Report:
    if not paths:  # an empty list on standard input asks for nothing, not for everything
        from ecrlint.model.finding import Report

        return Report((), (), ())
    import gc

    from ecrlint import run

    gc.disable()  # a scan makes one large tree of objects and ends: looking for garbage in it costs more than the scan
    return run.scan(paths, options=options)


def _listed(paths: Iterable[str]) -> list[str]:
    """The paths to scan, `-` replaced by the list on standard input."""
    listed: list[str] = []
    for path in paths:
        if path == "-":
            listed.extend(_from_stdin())
        elif os.path.exists(path):
            listed.append(path)
        else:
            raise click.UsageError(f"no such file or folder: {path}")
    return list(dict.fromkeys(listed))


def _from_stdin() -> Iterable[str]:
    """Paths, one a line or separated by NUL. One that is gone is not an error: a list of changes names deleted files too."""
    text = os.fsdecode(sys.stdin.buffer.read())
    for path in text.split("\0") if "\0" in text else text.splitlines():
        if os.path.exists(path):
            yield path
        elif path:
            _say(f"ecrlint: {path}: not there, so not read")


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


def _put(text: str, file: str) -> None:
    if not file:
        _write(text)
        return
    try:
        with open(file, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise click.FileError(file, error.strerror or "it cannot be written") from error


def _add_to_step_summary(report: Report) -> None:
    """The table on the page of a GitHub Actions run, in the file that Actions names."""
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if file:
        from ecrlint.report import github

        try:
            with open(file, "a", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(github.summary(report))
        except OSError as error:
            _say(f"ecrlint: no table in the summary of this step: {error}")


def _render(report: Report, form: str, category: str) -> str:
    """The report in a format that only programs read."""
    match form:
        case "json":
            from ecrlint.report import json

            return json.render(report)
        case "sarif":
            from ecrlint import registry
            from ecrlint.report import sarif

            return sarif.render(report, registry.rules(), category=category)
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


def _as_text(report: Report, color: str, terminal: bool) -> str:
    from ecrlint.report import text

    return text.render(report, full=terminal or color == "always", color=_is_colored(color, terminal))


def _is_colored(color: str, terminal: bool) -> bool:
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return color == "always" or (color == "auto" and terminal and not plain)


def _summary(report: Report, seconds: float) -> str:
    from ecrlint.report import coverage

    read = f"{coverage.summary(report)} ({seconds:.2f} s)"
    if not report.files:
        read += "; found no Terraform, CloudFormation, ECS task definition or IAM policy"
    return read


def _status(report: Report) -> int:
    """A finding outweighs a problem: that a push fails is proven, whatever the unread file would have added."""
    if report.fails:
        return FINDINGS
    unread = report.problems or any(file.status == "failed" for file in report.files)
    return UNREAD if unread else CLEAN


@click.command("rules", context_settings=_SETTINGS)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="List format.")
def rules(form: str) -> int:
    """List the rules: family, severity, name and summary."""
    from ecrlint import registry

    found = registry.rules()
    if form == "json":
        _write(_rules_as_json(found))
    else:
        width = max((len(rule.name) for rule in found), default=0)
        _write("".join(f"{rule.family:10}  {rule.severity!s:7}  {rule.name:{width}}  {rule.summary}\n" for rule in found))
    return CLEAN


def _rules_as_json(found: Iterable[Rule]) -> str:
    import json

    listed = [
        {
            "name": rule.name,
            "family": rule.family,
            "severity": str(rule.severity),
            "summary": rule.summary,
            "symptoms": rule.symptoms,
        }
        for rule in found
    ]
    return json.dumps({"schema": 1, "version": __version__, "rules": listed}, indent=2) + "\n"


@click.command("explain", context_settings=_SETTINGS | {"ignore_unknown_options": True})
@click.argument("words", nargs=-1, required=True, metavar="NAME|MESSAGE", type=click.UNPROCESSED)
def explain(words: tuple[str, ...]) -> int:
    """Show the page of the rule NAME, or the rules that predict a MESSAGE of AWS (`-`: read it from standard input).

    Exit status 1 where there is no such rule.
    """
    from ecrlint import registry, symptoms

    asked = sys.stdin.read() if words == ("-",) else " ".join(words)
    found = registry.rules()
    named = [rule for rule in found if rule.name == asked.strip().lower().replace("_", "-")]
    if named:
        _write(_page(named[0]))
        return CLEAN
    matches = symptoms.find(asked, found)
    if matches:
        _write(_matches(matches))
        return CLEAN
    nearest = ", ".join(symptoms.nearest(asked, found))
    _say("ecrlint: no rule has this name or predicts this message" + (f"; nearest: {nearest}" if nearest else ""))
    return FINDINGS


def _page(rule: Rule) -> str:
    return f"{rule.name} ({rule.family}, {rule.severity})\n\n{rule.page}"


def _matches(matches: Iterable[Match]) -> str:
    entries = [
        f"{match.rule.name} ({match.rule.family}, {match.rule.severity})\n"
        f"  {match.rule.summary}\n"
        f"  predicts: {match.symptom}\n"
        f"  matches:  {', '.join(match.words[:6])}\n"
        for match in matches
    ]
    return "\n".join([*entries, "ecrlint explain NAME shows the page of a rule\n"])


@click.command("why", context_settings=_SETTINGS)
@click.argument("role", metavar="ROLE")
@click.argument("action", metavar="ACTION")
@click.argument("resource", metavar="[RESOURCE]", required=False)
@click.option("--in", "paths", multiple=True, type=click.Path(exists=True), metavar="PATH", help="Folder or file; default: .")
@click.option("--from", "caller", type=click.Choice(["fargate", "host", "hosted-ci"]), help="Where the call comes from.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format.")
def why(role: str, action: str, resource: str | None, paths: tuple[str, ...], caller: str | None, form: str) -> int:
    """Show whether ROLE may do ACTION, with every statement that speaks about it: Deny, then Allow, then the boundary.

    ROLE is the name or the address of a role, user or group of the files; ACTION is written as in a policy
    (`ecr:PutImage`); RESOURCE is an ARN or the name of a repository, by default one that nobody knows. Policies of
    organizations and sessions are not in the files and not looked at. Exit status 1 where there is no such role.
    """
    from ecrlint.report import why as report
    from ecrlint.run import why as question

    alike = question.no_such_action(action)
    if ":" not in action or alike is not None:
        raise click.UsageError(f"no such action: {action}" + (f"; nearest: {', '.join(alike)}" if alike else ""))
    answer = question.ask(paths or (".",), role, action, resource, caller)
    for problem in answer.problems:
        _say(f"ecrlint: {problem.path}: {problem.message}")
    if not answer.explanations:
        nearest = ", ".join(answer.nearest)
        _say(f"ecrlint: no role, user or group is called {role}" + (f"; nearest: {nearest}" if nearest else ""))
        return FINDINGS
    _write((report.as_json if form == "json" else report.as_text)(answer.explanations))
    return CLEAN


@click.command("path", context_settings=_SETTINGS)
@click.argument("workload", metavar="[WORKLOAD]", required=False)
@click.option("--in", "paths", multiple=True, type=click.Path(exists=True), metavar="PATH", help="Folder or file; default: .")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "mermaid", "dot", "svg"]),
    default="text",
    metavar="FORMAT",
    help="text, json, mermaid, dot, svg; default: text.",
)
def path(workload: str | None, paths: tuple[str, ...], form: str) -> int:
    """Draw the way of an image for each workload: who pulls, as which role, through which subnets and endpoints, from where.

    Each step is proven, broken or not known, with its place. WORKLOAD is the name or the address of a service, a task, a
    function, a project or a group of nodes; default: all whose images are in ECR, or may be. Exit status 1 where there
    is none.
    """
    from ecrlint.run import path as question

    answer = question.ask(paths or (".",), workload)
    for problem in answer.problems:
        _say(f"ecrlint: {problem.path}: {problem.message}")
    if not answer.pictures:
        nearest = ", ".join(answer.nearest)
        called = "" if workload is None else f" is called {workload} and"
        _say(f"ecrlint: no workload{called} pulls from ECR" + (f"; nearest: {nearest}" if nearest else ""))
        return FINDINGS
    _write(_drawn(answer.pictures, form))
    return CLEAN


def _drawn(pictures: Sequence[Picture], form: str) -> str:
    match form:
        case "mermaid":
            from ecrlint.report import mermaid

            return mermaid.render(pictures)
        case "dot":
            from ecrlint.report import dot

            return dot.render(pictures)
        case "svg":
            from ecrlint.report import svg

            return svg.render(pictures)
    from ecrlint.report import path as report

    if form == "json":
        return report.as_json(pictures)
    return report.as_text(pictures, color=_is_colored("auto", sys.stdout.isatty()))


@click.command("fix", context_settings=_SETTINGS)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--diff", "only_diff", is_flag=True, help="Print the changes as a diff and write nothing.")
@_VAR_FILE
@_CONFIG
def fix(paths: tuple[str, ...], only_diff: bool, var_files: tuple[str, ...], config: str | None) -> int:
    """Mend the findings that have one right answer, and say which.

    A fix is written only if the file can still be read, its finding is gone and no other has come; comments and
    formatting stay. Exit status 1 where --diff shows a change.
    """
    from ecrlint.run import mending

    mended = mending.mend(_listed(paths) if paths else ["."], options=_options(config, var_files))
    if only_diff:
        _write(_diff(mended))
    else:
        mending.write(mended)
        _write("".join(f"{one.span.path}:{one.span.line}:{one.span.column}: fixed [{one.rule}]\n" for one in mended.fixed))
    left, files = len(mended.left.findings), len(mended.changes)
    _say(f"fixed {len(mended.fixed)} finding{'s' * (len(mended.fixed) != 1)} in {files} file{'s' * (files != 1)}; {left} left")
    for problem in mended.left.problems:
        _say(f"ecrlint: {problem.path}: {problem.message}")
    if only_diff and mended.changes:
        return FINDINGS
    return UNREAD if mended.left.problems else CLEAN


def _diff(mended: Mended) -> str:
    import difflib

    lines: list[str] = []
    for change in mended.changes:
        before, after = (data.decode("utf-8").splitlines(keepends=True) for data in (change.before, change.after))
        for line in difflib.unified_diff(before, after, f"a/{change.path}", f"b/{change.path}"):
            lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)


@click.command("hook", context_settings=_SETTINGS)
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--fail-on", type=click.Choice(["error", "warning", "note"]), help="The least severity that stops the commit.")
@_CONFIG
def hook(files: tuple[str, ...], fail_on: str | None, config: str | None) -> int:
    """Report what belongs to changed FILES: findings that lie in one of them, or whose related places do.

    Each file is read with everything that it belongs to. The list may be split over several calls, as pre-commit does.
    """
    import gc

    from ecrlint.run import hook as stage

    gc.disable()
    started = time.perf_counter()
    report = stage.scan(files, _options(config, (), fail_on))
    _write(_as_text(report, "auto", sys.stdout.isatty()))
    status = _status(report)
    if status or report.files:
        _say(_summary(report, time.perf_counter() - started))
    return status


@click.command("baseline", context_settings=_SETTINGS)
@click.argument("what", type=click.Choice(["write", "check"]))
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True))
@_VAR_FILE
@_CONFIG
def baseline(what: str, paths: tuple[str, ...], var_files: tuple[str, ...], config: str | None) -> int:
    """Write the findings that there are now to the baseline, or check that it holds exactly these.

    The baseline is the file that the configuration names, or ecrlint-baseline.json beside it. Scans are silent about what is
    in it. `check` says what is new, what is gone, and which entries were until a day that has passed, with exit status 1
    where there is any of these.
    """
    from ecrlint.config import shown
    from ecrlint.run.record import records

    found = records(paths or (".",), _options(config, var_files))
    for problem in found.problems:
        _say(f"ecrlint: {problem.path}: {problem.message}")
    changed = False
    for record in found.records:
        if what == "write":
            with open(record.path, "w", encoding="utf-8") as file:
                file.write(record.text)
            _say(f"wrote {record.count} finding{'s' * (record.count != 1)} to {shown(record.path)}")
            continue
        lines = [f"new:     {one.span.path}:{one.span.line}: {one.message} [{one.rule}]" for one in record.new]
        lines += [f"gone:    {entry.path}: {entry.address} [{entry.rule}]" for entry in record.gone]
        lines += [f"expired: {entry.path}: {entry.address} [{entry.rule}], until {entry.until}" for entry in record.late]
        changed = changed or bool(lines)
        _write("".join(f"{line}\n" for line in lines))
    return FINDINGS if changed else UNREAD if found.problems else CLEAN


@click.command("config", context_settings=_SETTINGS)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True))
@_CONFIG
def config(paths: tuple[str, ...], config: str | None) -> int:
    """Show which settings apply to each PATH (default: the current folder), and the place that says so."""
    from ecrlint.run import settings

    given = _options(config).config
    _write("\n".join(settings.explain(path, given) for path in paths or (".",)))
    return CLEAN


def _write(text: str) -> None:
    """Prints to standard output whatever its encoding; a reader that has gone away does not change the exit status."""
    stream = sys.stdout
    try:
        stream.write(text)
        stream.flush()
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # or the interpreter complains at its exit


def _say(text: str) -> None:
    """One line on standard error."""
    click.echo(text, err=True)


_COMMANDS = {
    "rules": rules,
    "explain": explain,
    "fix": fix,
    "why": why,
    "path": path,
    "config": config,
    "baseline": baseline,
    "hook": hook,
}
