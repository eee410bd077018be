"""`ecrlint integrations`: what another tool takes to run the rules."""

from __future__ import annotations

import os
from importlib.util import find_spec

import click

from ecrlint.commands.options import SETTINGS
from ecrlint.commands.output import CLEAN, write

TOOLS = {
    "checkov": os.path.join(os.path.dirname(os.path.dirname(__file__)), "integrations", "checkov", "external"),
    "cfn-lint": "ecrlint.integrations.cfn_lint",
}
"""What each tool takes: the folder for `--external-checks-dir`, the module for `--append-rules`."""


@click.command("integrations", context_settings=SETTINGS)
@click.argument("tool", type=click.Choice(list(TOOLS)))
def integrations(tool: str) -> int:
    """Print what TOOL takes to run the rules inside it.

    \b
    checkov -d . --external-checks-dir "$(ecrlint integrations checkov)"
    cfn-lint --template TEMPLATE --append-rules "$(ecrlint integrations cfn-lint)"
    """
    if find_spec(tool.replace("-", "")) is None:
        raise click.ClickException(f"{tool} is not installed in the environment of ecrlint, and it loads the rules from its own")
    write(f"{TOOLS[tool]}\n")
    return CLEAN
