"""Edits that state a setting where none is stated: a line or a block of Terraform, an entry of a map of CloudFormation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ecrlint.fixes.layout import insert, line_before
from ecrlint.model.finding import Edit
from ecrlint.model.source import Span

_TOP_LEVEL = re.compile(r"^(?:resource|data|module|variable|output|locals|provider|terraform|moved|import|check)\b", re.MULTILINE)


def with_settings(block: Span, settings: Mapping[str, str]) -> tuple[Edit, ...]:
    """Settings at the start of a block of Terraform, given by its header, or of a map of CloudFormation.

    Names and values are Terraform's; CloudFormation's names are made of these.
    """
    if block.source.language != "terraform":
        return _in_map(block, {_camel(name): value for name, value in settings.items()})
    following = re.compile(r".*\n[ \t]*(\w+[ ]*)[ ]=").match(block.source.text, block.end)
    width = len(following[1]) if following else 0
    return _in_block(block, [f"{name.ljust(width)} = {value}" for name, value in settings.items()], "")


def with_block(body: Span, name: str, inner: str, value: str) -> tuple[Edit, ...]:
    """A block with one setting, at the start of a block of Terraform or of a map of CloudFormation that has none yet."""
    if body.source.language != "terraform":
        return _in_map(body, {_camel(name): {_camel(inner): value}})
    rest = body.source.text[body.end :]
    end = _TOP_LEVEL.search(rest)
    if re.search(rf"\b{name}\b", rest[: end.start()] if end else rest):
        return ()  # one that is made under a condition
    return _in_block(body, (f"{name} {{", f"  {inner} = {value}", "}"), "\n")


def _in_block(header: Span, lines: Sequence[str], after: str) -> tuple[Edit, ...]:
    indent = line_before(header)
    opened = re.compile(r"[ \t]*\{[ \t]*(?:(\r?\n)|\}())").match(header.source.text, header.end)
    if opened is None or indent.strip() or header.text.startswith(("dynamic", "content")):
        return ()
    text = "".join(f"{indent}  {line}\n" for line in lines)
    if opened[1] is None:
        return (insert(header, opened.end() - 1, f"\n{text}{indent}"),)
    closed = header.source.text[opened.end() :].lstrip().startswith("}")
    return (insert(header, opened.end(), text if closed else text + after),)


def _in_map(place: Span, entries: Mapping[str, str | Mapping[str, str]]) -> tuple[Edit, ...]:
    """Entries before the first of a map of YAML or JSON; a map of entries is one with a map in it."""
    first = re.compile(r"""(\{\s*)?(["']?)\w+\2\s*:""").match(place.source.text, place.start)
    if first is None:
        return ()
    if first[1] is not None:
        gap = first[1][1:].replace("\r", "") or " "
        written = (_in_braces(key, value, first[2]) for key, value in entries.items())
        return (insert(place, first.end(1), "".join(f"{entry},{gap}" for entry in written)),)
    if line_before(place).strip(" -"):
        return ()
    indent = " " * (place.column - 1)
    lines = [line for key, value in entries.items() for line in _in_lines(key, value)]
    return (insert(place, place.start, "".join(f"{line}\n{indent}" for line in lines)),)


def _in_braces(key: str, value: str | Mapping[str, str], quote: str) -> str:
    if not isinstance(value, str):
        value = f"{{{', '.join(_in_braces(inner, one, quote) for inner, one in value.items())}}}"
    return f"{quote}{key}{quote}: {value}"


def _in_lines(key: str, value: str | Mapping[str, str]) -> list[str]:
    if isinstance(value, str):
        return [f"{key}: {value.strip(chr(34))}"]
    return [f"{key}:", *(f"  {line}" for inner, one in value.items() for line in _in_lines(inner, one))]


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
