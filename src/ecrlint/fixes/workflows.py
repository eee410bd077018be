"""Edits of workflows: a permission, an input of an action."""

from __future__ import annotations

import re

from ecrlint.fixes.layout import COMMENT, insert, line_before
from ecrlint.model.finding import Edit
from ecrlint.model.script import Build
from ecrlint.model.source import Span
from ecrlint.model.value import string


def with_permission(permissions: Span, name: str) -> tuple[Edit, ...]:
    """`write` for one permission of a map of them; nothing where no map is written there."""
    text = permissions.text
    stated = re.compile(rf"(?m)(?:^|[{{,])\s*{re.escape(name)}:[ \t]*(read|none)\b").search(text)
    if stated is not None:
        start = permissions.start
        return (Edit(Span(permissions.source, start + stated.start(1), start + stated.end(1)), "write"),)
    if text.startswith("{"):
        inside = re.match(r"\{\s*", text)
        assert inside is not None
        gap = "" if text[inside.end() :].startswith("}") else ", "
        return (insert(permissions, permissions.start + inside.end(), f"{name}: write{gap}"),)
    before = line_before(permissions)
    if before.strip() or not _follows(permissions, "permissions:") or not re.match(r"[a-z-]+:", text):
        return ()
    return (insert(permissions, permissions.start, f"{name}: write\n{before}"),)


def _follows(span: Span, key: str) -> bool:
    """Whether the last line before a span that is neither empty nor a comment is a key alone."""
    for line in range(span.line - 1, 0, -1):
        text = span.source.line_text(line)
        if text.strip() and not COMMENT.match(text):
            return re.fullmatch(rf"\s*{re.escape(key)}[ \t]*(?:#.*)?\s*", text) is not None
    return False


def without_provenance(build: Build) -> tuple[Edit, ...]:
    """A build that adds no provenance: by an option of the command, or an input of the action."""
    if build.provenance is not None:
        value = build.provenance.span
        return (Edit(value, "false"),) if value.text == string(build.provenance) else ()
    words = build.command.words
    if words:
        word = next((word for word in words[1:4] if string(word.value) == "build"), None)
        if word is None or word.span.text != "build":
            return ()
        return (insert(word.span, word.span.end, " --provenance=false"),)
    return _with_input(build.command.span, "provenance", "false")


def _with_input(uses: Span, name: str, value: str) -> tuple[Edit, ...]:
    """An input at the start of those of a step, given by what it uses."""
    key = re.fullmatch(r"([ \t]*(?:-[ ]+)?)uses:[ \t]*", line_before(uses))
    if key is None:
        return ()
    indent = len(key[1])
    source = uses.source
    for line in range(uses.line + 1, len(source.line_starts) + 1):
        text = source.line_text(line)
        if not text.strip() or COMMENT.match(text):
            continue
        depth = len(text) - len(text.lstrip())
        if depth < indent:
            return ()
        if depth == indent and re.fullmatch(r"\s*with:\s*", text):
            following = source.line_text(line + 1) if line < len(source.line_starts) else ""
            first = re.match(r"([ \t]+)\w[\w-]*:", following)
            if first is None or len(first[1]) <= indent:
                return ()
            return (insert(uses, source.line_starts[line], f"{first[1]}{name}: {value}\n"),)
    return ()
