"""`ecrlint explain`: the page of a rule, or the rules that predict a message."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from ecrlint.commands.options import SETTINGS
from ecrlint.commands.output import CLEAN, FINDINGS, say, write

if TYPE_CHECKING:
    from ecrlint.model.rule import Rule
    from ecrlint.symptoms import Match


def _names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from ecrlint import rule_registry

    return [rule.name for rule in rule_registry.rules() if rule.name.startswith(incomplete)]


@click.command("explain", context_settings=SETTINGS | {"ignore_unknown_options": True})
@click.argument("words", nargs=-1, required=True, metavar="NAME|MESSAGE", type=click.UNPROCESSED, shell_complete=_names)
def explain(words: tuple[str, ...]) -> int:
    """Show the page of the rule NAME, or the rules that predict a MESSAGE of AWS (`-`: read it from standard input).

    Exit status 1 where there is no such rule.
    """
    from ecrlint import rule_registry, symptoms

    asked = sys.stdin.read() if words == ("-",) else " ".join(words)
    found = rule_registry.rules()
    named = [rule for rule in found if rule.name == asked.strip().lower().replace("_", "-")]
    if named:
        write(_page(named[0]))
        return CLEAN
    matches = symptoms.find(asked, found)
    if matches:
        write(_matches(matches))
        return CLEAN
    nearest = ", ".join(symptoms.nearest(asked, found))
    say("ecrlint: no rule has this name or predicts this message" + (f"; nearest: {nearest}" if nearest else ""))
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
