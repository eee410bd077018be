"""Where the strings, heredocs, comments and sequences of an HCL text begin and end: a scan, not a reading.

python-hcl2 leaves a heredoc as it stands, and does not read some forms that HCL has; see `masked`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

TEMPLATE = "template"
"""The mode of a text that is a template without marks: the inside of a heredoc, a template file."""
CODE = "code"
"""The mode of a file."""

_CODE = re.compile(r'"|\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)|<<-?([^\W\d][\w-]*)\r?\n|[{}()\[\]]|\n|[^\x00-\x7f]', re.DOTALL)
_QUOTED = re.compile(r'\\[^\n]|"|\n|\$\$\{|%%\{|[$%]\{')
_SEQUENCES = r"\$\$\{|%%\{|[$%]\{"
_TEMPLATE = re.compile(_SEQUENCES)
_BETWEEN = r"(?:\s|/\*.*?\*/|(?:#|//)[^\n]*\n)*"
_FOR = re.compile(rf"\{{{_BETWEEN}for(?![\w-])", re.DOTALL)
_KEY = re.compile(rf"{_BETWEEN}[(\[-]", re.DOTALL)
_CLOSES = {")": "(", "]": "["}
_EXPONENT = re.compile(r"(?<![\w.])(?<!\w-)[0-9]+[eE][+-]?[0-9]+(?![\w.])")
_BLOCK = re.compile(
    r"^(?:check|data|ephemeral|import|locals|module|moved|output|provider|removed|resource|terraform|variable)\b",
    re.MULTILINE,
)
MAX_RESTARTS = 100
"""How many unclosed items `items` gets over; each costs a scan of what is left."""
_ONE_LINE = ("(", "[", "${", "{for")
"""Inside what a line end means nothing."""


class Event(NamedTuple):
    """Something that the scan met. `inside` is what it stands in, `depth` how many things are open around that.

    Kinds: `string`, `heredoc`, `open` (a bracket), `sequence` (`${` or `%{`) and, where each ends, `end`;
    `comment`, `newline` (not that of a heredoc's last line), `escape` (`$${`, `%%{`), `letter` (not ASCII, not in a string).
    """

    kind: str
    start: int
    end: int
    inside: str
    depth: int


@lru_cache(maxsize=32)
def _heredoc(marker: str) -> re.Pattern[str]:
    return re.compile(rf"\n[ \t]*{re.escape(marker)}[ \t\r]*(?=\n|\Z)|{_SEQUENCES}")


def events(text: str, start: int, end: int, mode: str) -> Iterator[Event]:
    """What is met between two offsets, in order."""
    stack = [mode]
    at = start
    heredoc_end = -1
    while at < end:
        top = stack[-1]
        found = _pattern(top).search(text, at, end)
        if found is None:
            return
        at = found.end()
        event = _template_event(stack, found) if _is_template(top) else _code_event(stack, found, text)
        if event is None or (event.kind == "newline" and event.start == heredoc_end):
            continue
        yield event
        if event.kind == "heredoc":
            at -= 1  # its line end may be the one before the mark of an empty heredoc
        elif event.inside.startswith("<<") and event.kind == "end":
            heredoc_end = event.end


def _is_template(mode: str) -> bool:
    return mode in ('"', TEMPLATE) or mode.startswith("<<")


def _pattern(mode: str) -> re.Pattern[str]:
    if mode == '"':
        return _QUOTED
    if mode == TEMPLATE:
        return _TEMPLATE
    return _heredoc(mode[2:]) if mode.startswith("<<") else _CODE


def _template_event(stack: list[str], found: re.Match[str]) -> Event | None:
    word, top, depth = found.group(), stack[-1], len(stack) - 1
    if word in ("${", "%{"):
        stack.append("${")
        return Event("sequence", found.start(), found.end(), top, depth)
    if word in ("$${", "%%{"):
        return Event("escape", found.start(), found.end(), top, depth)
    if word.startswith("\\"):
        return None
    stack.pop()  # its end, or a line end that should not be in it
    return Event("end", found.start(), found.end(), top, depth)


def _code_event(stack: list[str], found: re.Match[str], text: str) -> Event:
    word, top, depth = found.group(), stack[-1], len(stack) - 1
    if word == '"':
        stack.append('"')
        kind = "string"
    elif word.startswith("<<"):
        stack.append("<<" + found.group(1))
        kind = "heredoc"
    elif word in ("(", "[", "{"):
        stack.append("{for" if word == "{" and _FOR.match(text, found.start()) else word)
        kind = "open"
    elif word in (")", "]", "}"):
        if top == _CLOSES.get(word) or (word == "}" and top in ("{", "{for", "${")):
            stack.pop()
        kind = "end"
    elif word == "\n":
        kind = "newline"
    else:
        kind = "comment" if word[0] in "#/" else "letter"
    return Event(kind, found.start(), found.end(), top, depth)


def sequences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The outermost `${ }` and `%{ }` of a template between two offsets; one that is not closed ends with the text."""
    begun = None
    for event in events(text, start, end, TEMPLATE):
        if event.kind == "sequence" and event.depth == 0:
            begun = event.start
        elif event.kind == "end" and event.inside == "${" and event.depth == 1 and begun is not None:
            yield begun, event.end
            begun = None
    if begun is not None:
        yield begun, end


def masked(text: str) -> str:
    """The same text, with the same offsets, without what python-hcl2 does not read: comments, line ends inside brackets,
    `~`, blanks after the mark that ends a heredoc, letters that are not ASCII in names, a byte order mark, and `$${` in
    strings (it takes the rest up to `}` for literal text)."""
    kept: list[str] = []
    at = 0
    for event in events(text, 0, len(text), CODE):
        found = _replacement(event, text)
        if found is not None:
            start, new = found
            kept += (text[at:start], new)
            at = start + len(new)
    return "".join((*kept, text[at:]))


def _replacement(event: Event, text: str) -> tuple[int, str] | None:
    kind, start, end, inside, _ = event
    if kind == "comment" or (kind == "newline" and inside in _ONE_LINE):
        return start, " " * (end - start)
    if kind == "sequence" and text.startswith("~", end):
        return end, " "
    if kind == "end" and inside == "${" and text[start - 1] == "~":
        return start - 1, " "
    if kind == "escape" and inside == '"':
        return start, "_" * (end - start)
    if kind == "end" and inside.startswith("<<"):
        return start + 1, text[start + 1 : end].rstrip().rjust(end - start - 1)
    if kind == "letter" and (text[start].isalnum() or text[start] == "\ufeff"):
        return start, " " if text[start] == "\ufeff" else "u"
    return None


def separated(text: str) -> str:
    """The same text, with the same offsets, with a comma where a line of an object that begins with a sign or bracket
    follows one that ends with a word: the grammar of tree-sitter takes `a`, line end, `(b)` for a call."""
    kept: list[str] = []
    at = 0
    last = ""
    for event in events(text, 0, len(text), CODE):
        if event.inside != "{" or event.kind not in ("comment", "newline"):
            continue
        last = text[at : event.start].rstrip()[-1:] or last
        new = "\n" if event.kind == "newline" else " " * (event.end - event.start)
        if new == "\n" and (last.isalnum() or last == "_") and _KEY.match(text, event.end):
            new = last = ","
        kept += (text[at : event.start], new)
        at = event.end
    return "".join((*kept, text[at:]))


def without_exponents(text: str, mode: str) -> str:
    """The same text, with the same offsets, with digits in place of the exponents of whole numbers (`1e3`): the grammar of
    tree-sitter knows an exponent only after a point."""
    kept: list[str] = []
    at = 0
    for event in events(text, 0, len(text), mode):
        kept += (_digits(text[at : event.start], event.inside), text[max(at, event.start) : event.end])
        at = max(at, event.end)
    return "".join((*kept, _digits(text[at:], mode)))


def _digits(text: str, mode: str) -> str:
    if _is_template(mode):
        return text
    return _EXPONENT.sub(lambda found: "".join(one if one.isdigit() else "0" for one in found.group()), text)


def items(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of a file that can be read by themselves, also where something in one of them is not closed."""
    begin = restarts = 0
    while begin < len(text):
        stop = _item_end(text, begin) if restarts < MAX_RESTARTS else len(text)
        if stop is None:
            restarts += 1
            found = _BLOCK.search(text, begin + 1)
            stop = found.start() if found else len(text)
        if text[begin:stop].strip():
            yield begin, stop
        begin = stop


def _item_end(text: str, begin: int) -> int | None:
    """Where the item that begins here ends; None where it does not."""
    closed = True
    for event in events(text, begin, len(text), CODE):
        if event.kind == "newline" and event.depth == 0:
            return event.end
        if event.kind == "end":
            closed = event.depth <= 1
            if closed and event.inside.startswith("<<"):  # its line end is no event
                return min(event.end + 1, len(text))
        elif event.kind in ("string", "heredoc", "open", "sequence"):
            closed = False
    return len(text) if closed else None
