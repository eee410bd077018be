"""Edits that mend a policy or a setting, in the language and the style of the file that it stands in.

All that is known is where a value stands, so the text around it decides. An edit that would need more than that is not
made, and whoever applies one looks afterwards whether it did what it was for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ecrlint.iam.capability import TOKEN
from ecrlint.iam.login import InVain
from ecrlint.model.finding import Edit
from ecrlint.model.source import Source, Span
from ecrlint.model.value import Value, string

_COMMENT = re.compile(r"[ \t]*(?:#|//|/\*)")
_KEY = re.compile(r"""(["']?)\b(?:Effect|Action|Resource|Principal|Sid)\1(\s*)([:=])""", re.IGNORECASE)
_TOP_LEVEL = re.compile(r"^(?:resource|data|module|variable|output|locals|provider|terraform|moved|import|check)\b", re.MULTILINE)
_STRING = r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'"
_DASH = re.compile(r"[ \t]*-[ ]+")


def reworded(value: Value, word: str) -> tuple[Edit, ...]:
    """Another word in the place of a string that stands there as it is; nothing where it comes from elsewhere."""
    quote = _quote(value)
    return () if quote is None else (Edit(value.span, f"{quote}{word}{quote}"),)


def extended(item: Value, words: Sequence[str]) -> tuple[Edit, ...]:
    """More strings beside one of a list; a string that stands alone becomes a list."""
    quote, span = _quote(item), item.span
    if quote is None:
        return ()
    written = [f"{quote}{word}{quote}" for word in words]
    before = _line_before(span)
    if _DASH.fullmatch(before):
        end = _line_end(span)
        return (_insert(span, end, "".join(f"\n{before}{word}" for word in written)),)
    if _stands_alone(span, "Action"):
        return (Edit(span, f"[{', '.join([span.text, *written])}]"),)
    if not _in_list(span):
        return ()
    gap = f"\n{before}" if not before.strip() else " "
    if _COMMENT.match(_line_after(span).lstrip(" \t,")):
        return (_insert(span, span.start, "".join(f"{word},{gap}" for word in written)),)
    return (_insert(span, span.end, "".join(f",{gap}{word}" for word in written)),)


def without(item: Value) -> tuple[Edit, ...]:
    """A list without one of its items; nothing where a comment speaks of the item, or no list is seen."""
    span, text = item.span, item.span.source.text
    before, after = _line_before(span), _line_after(span)
    line = Span(span.source, span.start - len(before), text.find("\n", span.end) + 1)
    if _quote(item) is None or line.end == 0:
        return ()
    if not before.strip(" \t-") and span.line > 1 and _COMMENT.match(span.source.line_text(span.line - 1)):
        return ()
    if _DASH.fullmatch(before):
        return () if after.strip() else (Edit(line, ""),)
    if not _in_list(span):
        return ()
    if not before.strip() and after.strip() == ",":
        return (Edit(line, ""),)
    comma = re.match(r",[ \t]*", after)
    if comma and before.strip() and after[comma.end() :] and not _COMMENT.match(after[comma.end() :]):
        return (Edit(Span(span.source, span.start, span.end + comma.end()), ""),)
    if text[: span.start].rstrip()[-1] == "," and (not after.strip() or after.lstrip()[0] in "])}"):
        return (Edit(Span(span.source, len(text[: span.start].rstrip()) - 1, span.end), ""),)
    return ()


def with_line(block: Span, name: str, value: str) -> tuple[Edit, ...]:
    """A setting at the start of a block of Terraform, given by its header, or of a map of CloudFormation.

    `name` is Terraform's; CloudFormation's is made of it.
    """
    if _in_terraform(block.source):
        return _in_block(block, (f"{name} = {value}",), "")
    return _in_map(block, _camel(name), value)


def with_block(body: Span, name: str, inner: str, value: str) -> tuple[Edit, ...]:
    """A block with one setting, at the start of a block of Terraform or of a map of CloudFormation that has none yet."""
    if not _in_terraform(body.source):
        return _in_map(body, _camel(name), value, _camel(inner))
    rest = body.source.text[body.end :]
    end = _TOP_LEVEL.search(rest)
    if re.search(rf"\b{name}\b", rest[: end.start()] if end else rest):
        return ()  # one that is made under a condition
    return _in_block(body, (f"{name} {{", f"  {inner} = {value}", "}"), "\n")


def _in_block(header: Span, lines: Sequence[str], after: str) -> tuple[Edit, ...]:
    indent = _line_before(header)
    opened = re.compile(r"[ \t]*\{[ \t]*(?:(\r?\n)|\}())").match(header.source.text, header.end)
    if opened is None or indent.strip() or header.text.startswith(("dynamic", "content")):
        return ()
    text = "".join(f"{indent}  {line}\n" for line in lines)
    if opened[1] is None:
        return (_insert(header, opened.end() - 1, f"\n{text}{indent}"),)
    closed = header.source.text[opened.end() :].lstrip().startswith("}")
    return (_insert(header, opened.end(), text if closed else text + after),)


def _in_map(place: Span, key: str, value: str, inner: str = "") -> tuple[Edit, ...]:
    """An entry before the first of a map of YAML or JSON, which holds one entry itself where there is an `inner`."""
    first = re.compile(r"""(\{\s*)?(["']?)\w+\2\s*:""").match(place.source.text, place.start)
    if first is None:
        return ()
    quote, word = first[2], value.strip('"')
    if first[1] is not None:
        entry = f'{quote}{inner}{quote}: "{word}"'
        whole = f"{quote}{key}{quote}: {{{entry}}}" if inner else f'{quote}{key}{quote}: "{word}"'
        gap = first[1][1:].replace("\r", "") or " "
        return (_insert(place, first.end(1), f"{whole},{gap}"),)
    indent = " " * (place.column - 1)
    if _line_before(place).strip(" -"):
        return ()
    whole = f"{key}:\n{indent}  {inner}: {word}" if inner else f"{key}: {word}"
    return (_insert(place, place.start, f"{whole}\n{indent}"),)


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def with_login(one: InVain) -> tuple[Edit, ...]:
    """The login token on everything: by a statement of its own, or by the resource of a statement that grants nothing else."""
    statement = one.statement
    if one.policy.kind != "identity":
        return ()
    if one.by_name and len(statement.actions or ()) == 1 and len(one.resources) == 1:
        return _everything(one.resources[0])
    if statement.conditions:
        return ()
    added = _statement_beside(statement.span, _quote(one.pattern) or "")
    return (*added, *(without(one.pattern) if one.by_name else ())) if added else ()


def _everything(resource: Value) -> tuple[Edit, ...]:
    span, text = resource.span, resource.span.source.text
    if text[: span.start].endswith('"${') and text.startswith('}"', span.end):
        span = Span(span.source, span.start - 3, span.end + 2)
    known = string(resource)
    written = span.text.startswith(('"', "'", "!", "[")) or known == span.text or _is_expression(span)
    return (Edit(span, '"*"'),) if written else ()


def _is_expression(span: Span) -> bool:
    """Whether a span is a whole expression of Terraform, not a part of a template."""
    return _in_terraform(span.source) and _last_before(span) in ("[", ",", "=", ":") and not span.text.startswith("<<")


def _statement_beside(span: Span, quote: str) -> tuple[Edit, ...]:
    """A statement for the token next to another, which may be a block, an object in braces, or an entry of a YAML list."""
    if span.text.startswith("{"):
        return _object_beside(span)
    before, indent = _line_before(span), " " * len(_line_before(span))
    if span.text.startswith("statement") and _in_terraform(span.source) and not before.strip():
        lines = ["statement {", f'  actions   = ["{TOKEN}"]', '  resources = ["*"]', "}"]
        return (_lines_above(span, "".join(f"{before}{line}\n" for line in lines) + "\n"),)
    if _DASH.fullmatch(before):
        start = before[: before.index("-")]
        lines = [f"{before}Effect: Allow", f"{indent}Action: {quote}{TOKEN}{quote}", f'{indent}Resource: "*"']
        return (_lines_above(span, "".join(f"{line}\n" for line in lines)),) if start == start.replace("\t", "") else ()
    return ()


def _object_beside(span: Span) -> tuple[Edit, ...]:
    style = _KEY.search(span.text)
    if style is None:
        return ()
    added = _object(span, style)
    own_line = not _line_before(span).strip()
    gap = f"\n{_line_before(span)}" if own_line else " "
    if _in_list(span):
        return (_insert(span, span.end, f",{gap}{added}"),)
    if _stands_alone(span, "Statement"):
        return _insert(span, span.start, "["), _insert(span, span.end, f", {added}]")
    return ()


def _object(span: Span, style: re.Match[str]) -> str:
    """The statement as an object, with keys, marks and line breaks as in the one beside it."""
    quote, space, mark = style.groups()
    pairs = (("Effect", '"Allow"'), ("Action", f'"{TOKEN}"'), ("Resource", '"*"'))
    lines = span.text.splitlines()
    if len(lines) == 1:
        between = f" {mark} " if mark == "=" or space else f"{mark} "
        inside = ", ".join(f"{quote}{key}{quote}{between}{value}" for key, value in pairs)
        return f"{{ {inside} }}" if span.text.startswith("{ ") else f"{{{inside}}}"
    inner = re.match(r"[ \t]*", lines[1])
    outer = re.match(r"[ \t]*", lines[-1])
    assert inner is not None
    assert outer is not None
    width = max(len(key) for key, _ in pairs)
    if mark == "=":
        written = [f"{quote}{key}{quote}".ljust(width + 2 * len(quote)) + f" = {value}" for key, value in pairs]
    else:
        written = [f"{quote}{key}{quote}{space}{mark} {value}" for key, value in pairs]
    body = ("\n" if mark == "=" else ",\n").join(f"{inner[0]}{line}" for line in written)
    return f"{{\n{body}\n{outer[0]}}}"


def _quote(value: Value) -> str | None:
    """The quotes around a known string that is written out at its place, which may be none; None for everything else."""
    known, text = string(value), value.span.text
    return next((quote for quote in ("", '"', "'") if known is not None and text == f"{quote}{known}{quote}"), None)


def _in_terraform(source: Source) -> bool:
    return source.path.endswith((".tf", ".tofu"))


def _line_before(span: Span) -> str:
    return span.source.text[span.source.line_starts[span.line - 1] : span.start]


def _line_after(span: Span) -> str:
    return span.source.text[span.end : _line_end(span)]


def _line_end(span: Span) -> int:
    """The offset at which the line ends that a span ends on, before its line feed."""
    text = span.source.text
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end
    return end - 1 if end > span.end and text[end - 1] == "\r" else end


def _stands_alone(span: Span, key: str) -> bool:
    """Whether a value is all that a key has, and not a part of an expression."""
    start = span.source.line_starts[max(0, span.line - 2)]
    return re.search(rf"""\b{key}["']?\s*[:=]\s*$""", span.source.text[start : span.start], re.IGNORECASE) is not None


def _in_list(span: Span) -> bool:
    """Whether a value is an item of a list in brackets, and neither an argument nor what a `for` makes."""
    text, at = span.source.text, _opening(span)
    return at >= 0 and text[at] == "[" and not re.match(r"\s*for\b", text[at + 1 : at + 80]) and _last_before(span) in ("[", ",")


def _opening(span: Span) -> int:
    """The offset of the bracket around a span, strings and comments on their own lines left out; -1 where there is none."""
    depth, text = 0, span.source.text
    for line in range(span.line, 0, -1):
        start = span.source.line_starts[line - 1]
        written = text[start : span.start] if line == span.line else span.source.line_text(line)
        if line != span.line and _COMMENT.match(written):
            continue
        blank = re.sub(_STRING, lambda found: " " * len(found[0]), written)
        for at in range(len(blank) - 1, -1, -1):
            depth += (blank[at] in ")]}") - (blank[at] in "([{")
            if depth < 0:
                return start + at
    return -1


def _last_before(span: Span) -> str:
    """The last character before a span that is neither white space nor in a comment on a line of its own."""
    for line in range(span.line, 0, -1):
        written = _line_before(span) if line == span.line else span.source.line_text(line)
        if written.strip() and not (line != span.line and _COMMENT.match(written)):
            return written.rstrip()[-1]
    return ""


def _lines_above(span: Span, text: str) -> Edit:
    """Whole lines above the one that a span starts on, and above the comments that belong to it."""
    source, line = span.source, span.line
    while line > 1 and _COMMENT.match(source.line_text(line - 1)):
        line -= 1
    return _insert(span, source.line_starts[line - 1], text)


def _insert(span: Span, at: int, text: str) -> Edit:
    """Text at an offset, with the line ends of the file."""
    newline = "\r\n" if "\r\n" in span.source.text else "\n"
    return Edit(Span(span.source, at, at), text.replace("\n", newline))
