"""Where a repository is cloned from, by the text of its configuration: nothing is started for it."""

from __future__ import annotations

import re

from ecrlint.model.address import repository_path

_REMOTE = re.compile(r'^\s*\[remote "origin"\]((?:\n(?!\s*\[).*)*)', re.MULTILINE)
_URL = re.compile(r"^\s*url\s*=\s*(\S+)\s*$", re.MULTILINE)
MAX_BYTES = 1 << 16
"""How much of a configuration is looked at."""


def origin(configuration: bytes) -> str:
    """The remote `origin` of a configuration of git, as `github.com/acme/shop`; nothing where there is none."""
    section = _REMOTE.search(configuration.decode(errors="replace"))
    url = _URL.search(section[1]) if section else None
    return repository_path(url[1]) if url else ""
