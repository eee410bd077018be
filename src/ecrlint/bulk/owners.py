"""Who owns a file, by the CODEOWNERS of its repository: the last pattern that matches counts. What it says wrong is passed over.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
https://docs.gitlab.com/user/project/codeowners/reference/
"""

from __future__ import annotations

import os
import re

from ecrlint.boundary.reader import SourceReader, Unread
from ecrlint.model.dataclass import dataclass

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
MAX_BYTES = 3 << 20
"""GitHub reads no larger one."""
MAX_RULES = 20_000

_SECTION = re.compile(r"\^?\[[^\]]+\](?:\[\d+\])?(.*)")


@dataclass(frozen=True, slots=True)
class CodeOwners:
    """The patterns of a CODEOWNERS in order, each with its owners."""

    rules: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = ()

    def of(self, path: str) -> tuple[str, ...]:
        """The owners of a file, by its path from the top of the repository; none where nobody is named."""
        return next((owners for pattern, owners in reversed(self.rules) if pattern.fullmatch(path)), ())


def read_owners(reader: SourceReader, top: str) -> CodeOwners:
    """The CODEOWNERS of a repository (full path); an empty one where it has none that can be read."""
    for place in PLACES:
        try:
            text = reader.read(os.path.join(top, *place.split("/")), MAX_BYTES).decode(errors="replace")
        except Unread:
            continue
        return parse(text)
    return CodeOwners()


def parse(text: str) -> CodeOwners:
    """The patterns of the text of a CODEOWNERS."""
    rules: list[tuple[re.Pattern[str], tuple[str, ...]]] = []
    by_default: tuple[str, ...] = ()
    for line in text.splitlines()[:MAX_RULES]:
        line = re.sub(r"(?:^|(?<=\s))#.*", "", line).strip()
        section = _SECTION.fullmatch(line)
        if section:
            by_default = tuple(section[1].split())
            continue
        pattern, *owners = re.findall(r"(?:\\.|\S)+", line) or [""]
        if pattern and not pattern.startswith("!"):
            rules.append((_matcher(pattern), tuple(owners) or by_default))
    return CodeOwners(tuple(rules))


def _matcher(pattern: str) -> re.Pattern[str]:
    """A pattern as in `.gitignore`: without a slash in it at any depth, with one at the end only folders."""
    at_any_depth = "/" not in pattern.rstrip("/")
    below = r"/.+" if pattern.endswith("/") else r"" if pattern.endswith("/*") else r"(?:/.+)?"
    parts = []
    for word in re.findall(r"/?\*\*/?|\*+|\?|\\.|[^*?\\]+|\\", pattern.strip("/") or "*"):
        if word == "?":
            parts.append("[^/]")
        elif "**" in word:
            parts.append({"/**/": "/(?:.+/)?", "**/": "(?:.+/)?"}.get(word, "/.*" if word.startswith("/") else ".*"))
        elif word.startswith("*"):
            parts.append("[^/]*")
        else:
            parts.append(re.escape(word[1:] if word.startswith("\\") and len(word) > 1 else word))
    return re.compile(("(?:.+/)?" if at_any_depth else "") + "".join(parts) + below, re.DOTALL)
