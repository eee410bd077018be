"""`ecrlint server`: the language server."""

from __future__ import annotations

from importlib.util import find_spec

import click

from ecrlint.commands.options import SETTINGS
from ecrlint.commands.output import CLEAN


@click.command("server", context_settings=SETTINGS)
def server() -> int:
    """Serve an editor over standard input and output, in the Language Server Protocol.

    An editor starts it; docs/editor.md has the settings of VS Code, Neovim, JetBrains and Zed.
    """
    if find_spec("pygls") is None:
        raise click.ClickException("the language server takes pygls: install ecrlint with its extra, ecrlint[lsp]")
    from ecrlint.integrations.language_server.server import server as made

    made().start_io()
    return CLEAN
