"""`ecrlint explain`: the page of a rule, or that of a message of AWS with the rules that predict it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from ecrlint.commands.options import RULES_FROM, SETTINGS, standard_input
from ecrlint.commands.output import CLEAN, FINDINGS, say, write

if TYPE_CHECKING:
    from ecrlint.model.rule import Rule
    from ecrlint.symptoms import Match

MAX_MESSAGE = 1 << 20
MOST = 5
"""How many rules are listed for a message."""


def _names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from ecrlint import rule_registry

    return [rule.name for rule in rule_registry.rules() if rule.name.startswith(incomplete)]


@click.command("explain", context_settings=SETTINGS | {"ignore_unknown_options": True})
@click.argument("words", nargs=-1, required=True, metavar="NAME|MESSAGE", type=click.UNPROCESSED, shell_complete=_names)
@RULES_FROM
def explain(words: tuple[str, ...]) -> int:
    """Show the page of the rule NAME, or what a MESSAGE of AWS means (`-`: read it from standard input): its causes, how to check
    them by hand, and the rules that predict it.

    Exit status 1 where there is no such rule, and no known message is like it.
    """
    from ecrlint import rule_registry, symptoms

    asked = standard_input("message", MAX_MESSAGE).decode(errors="replace") if words == ("-",) else " ".join(words)
    found = rule_registry.rules()
    named = [rule for rule in found if rule.name == asked.strip().lower().replace("_", "-")]
    if named:
        write(_page(named[0]))
        return CLEAN
    match = symptoms.find(asked, symptoms.pages())
    if match is not None:
        write(_message(match, {rule.name: rule for rule in found}))
        return CLEAN
    if _is_name(asked):
        nearest = ", ".join(symptoms.nearest(asked, found))
        say(f"ecrlint: no rule is called {asked.strip()}" + (f"; nearest: {nearest}" if nearest else ""))
    else:
        say("ecrlint: no known message is like this one; docs/errors/index.md lists those that are known")
    return FINDINGS


def _is_name(asked: str) -> bool:
    return re.fullmatch(r"[\w-]+", asked.strip()) is not None


def _page(rule: Rule) -> str:
    return f"{rule.name} ({rule.family}, {rule.severity})\n\n{rule.page}"


def _message(match: Match, rules: Mapping[str, Rule]) -> str:
    """The page of a message, then the rules that predict it, at most five."""
    page = match.page
    parts = [page.title, page.about]
    if page.causes:
        parts.append(f"Causes\n\n{page.causes}")
    if page.check:
        parts.append(f"Check by hand\n\n{page.check}")
    found = [rules[name] for name in match.rules if name in rules][:MOST]
    if found:
        listed = "\n".join(f"  {rule.name} ({rule.family}, {rule.severity})\n    {rule.summary}" for rule in found)
        parts.append(f"Rules that predict it\n\n{listed}\n\necrlint explain NAME shows the page of a rule")
    return "\n\n".join(parts) + "\n"
