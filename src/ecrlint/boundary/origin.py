"""Where a repository is cloned from, by the text of its configuration: nothing is started for it."""

from __future__ import annotations

import os
import re

from ecrlint.boundary.file_reader import FileReader, Unread
from ecrlint.model.address import repository_path

_REMOTE = re.compile(r'^\s*\[remote "origin"\]((?:\n(?!\s*\[).*)*)', re.MULTILINE)
_URL = re.compile(r"^\s*url\s*=\s*(\S+)\s*$", re.MULTILINE)
_MAX_BYTES = 1 << 16


def origin(reader: FileReader, top: str) -> str:
    """The remote `origin` of the repository at a full path, as `github.com/acme/shop`; nothing where there is none."""
    try:
        text = reader.read(os.path.join(top, ".git", "config"), _MAX_BYTES).decode(errors="replace")
    except Unread:
        return ""
    section = _REMOTE.search(text)
    url = _URL.search(section[1]) if section else None
    return repository_path(url[1]) if url else ""
