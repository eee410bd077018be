"""`ecrlint why`: what lets a role do something, or not."""

from __future__ import annotations

import click

from ecrlint.commands.options import ROOT, SETTINGS
from ecrlint.commands.output import CLEAN, FINDINGS, say, write


@click.command("why", context_settings=SETTINGS)
@click.argument("role", metavar="ROLE")
@click.argument("action", metavar="ACTION")
@click.argument("resource", metavar="[RESOURCE]", required=False)
@click.option("--in", "paths", multiple=True, type=click.Path(exists=True), metavar="PATH", help="Folder or file; default: .")
@ROOT
@click.option("--from", "caller", type=click.Choice(["fargate", "host", "hosted-ci"]), help="Where the call comes from.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format.")
def why(
    role: str, action: str, resource: str | None, paths: tuple[str, ...], root: str | None, caller: str | None, form: str
) -> int:
    """Show whether ROLE may do ACTION, with every statement that speaks about it: Deny, then Allow, then the boundary.

    ROLE is the name, the ARN or the address of a role, user or group of the files; ACTION is written as in a policy
    (`ecr:PutImage`), or without its service; RESOURCE is an ARN or the name of a repository, by default one that nobody knows.
    Policies of organizations and sessions are not in the files and not looked at. Exit status 1 where there is no such role.
    """
    from ecrlint.report import why as report
    from ecrlint.run import why as question

    action = question.with_prefix(action)
    alike = question.no_such_action(action)
    if alike is not None:
        raise click.UsageError(f"no such action: {action}" + (f"; nearest: {', '.join(alike)}" if alike else ""))
    from ecrlint.boundary.repository import boundary

    within = boundary(paths or (".",), root)
    answer = question.ask(paths or (".",), role, action, resource, caller, within)
    for problem in answer.problems:
        say(f"ecrlint: {within.shown(problem.path)}: {problem.message}")
    if not answer.explanations:
        nearest = ", ".join(answer.nearest)
        say(f"ecrlint: no role, user or group is called {role}" + (f"; nearest: {nearest}" if nearest else ""))
        return FINDINGS
    write(report.as_json(answer.explanations) if form == "json" else report.as_text(answer.explanations, shown=within.shown))
    return CLEAN
