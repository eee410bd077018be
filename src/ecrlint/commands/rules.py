"""`ecrlint rules`: the list of the rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from ecrlint import __version__
from ecrlint.commands.options import RULES_FROM, SETTINGS
from ecrlint.commands.output import CLEAN, write
from ecrlint.model.visible import json_text

if TYPE_CHECKING:
    from ecrlint.model.rule import Rule


@click.command("rules", context_settings=SETTINGS)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="List format.")
@RULES_FROM
def rules(form: str) -> int:
    """List the rules: family, severity, name and summary."""
    from ecrlint import rule_registry

    found = rule_registry.rules()
    if form == "json":
        write(_rules_as_json(found))
    else:
        width = max((len(rule.name) for rule in found), default=0)
        write("".join(f"{rule.family:10}  {rule.severity!s:7}  {rule.name:{width}}  {rule.summary}\n" for rule in found))
    return CLEAN


def _rules_as_json(found: Iterable[Rule]) -> str:

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
    return json_text({"schema": 1, "version": __version__, "rules": listed}, indent=2)
