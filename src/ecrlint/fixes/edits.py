"""Edits that mend a policy or a setting, in the language and the style of the file that it stands in.

All that is known is where a value stands, so the text around it decides. An edit that would need more than that is not
made, and whoever applies one looks afterwards whether it did what it was for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ecrlint.analysis.login import InVain
from ecrlint.fixes.layout import (
    COMMENT,
    DASH,
    in_list,
    insert,
    last_before,
    line_after,
    line_before,
    line_end,
    lines_above,
    quote_of,
    stands_alone,
)
from ecrlint.model.finding import Edit
from ecrlint.model.source import Span
from ecrlint.model.value import Value, string

_KEY = re.compile(r"""(["']?)\b(?:Effect|Action|Resource|Principal|Sid)\1(\s*)([:=])""", re.IGNORECASE)


def reworded(value: Value, word: str) -> tuple[Edit, ...]:
    """Another word in the place of a string that stands there as it is; nothing where it comes from elsewhere."""
    quote = quote_of(value)
    return () if quote is None else (Edit(value.span, f"{quote}{word}{quote}"),)


def turned_on(value: Value) -> tuple[Edit, ...]:
    """`true` in the place of a `false` that is written out there."""
    quote = next((quote for quote in ("", '"', "'") if value.span.text.lower() == f"{quote}false{quote}"), None)
    return () if quote is None else (Edit(value.span, f"{quote}true{quote}"),)


def extended(item: Value, words: Sequence[str]) -> tuple[Edit, ...]:
    """More strings beside one of a list; a string that stands alone becomes a list."""
    quote, span = quote_of(item), item.span
    if quote is None:
        return ()
    written = [f"{quote}{word}{quote}" for word in words]
    before = line_before(span)
    if DASH.fullmatch(before):
        end = line_end(span)
        return (insert(span, end, "".join(f"\n{before}{word}" for word in written)),)
    if stands_alone(span, "Action"):
        return (Edit(span, f"[{', '.join([span.text, *written])}]"),)
    if not in_list(span):
        return ()
    gap = f"\n{before}" if not before.strip() else " "
    if COMMENT.match(line_after(span).lstrip(" \t,")):
        return (insert(span, span.start, "".join(f"{word},{gap}" for word in written)),)
    return (insert(span, span.end, "".join(f",{gap}{word}" for word in written)),)


def without(item: Value) -> tuple[Edit, ...]:
    """A list without one of its items; nothing where a comment speaks of the item, or no list is seen."""
    span, text = item.span, item.span.source.text
    before, after = line_before(span), line_after(span)
    line = Span(span.source, span.start - len(before), text.find("\n", span.end) + 1 or len(text))
    if quote_of(item) is None:
        return ()
    if not before.strip(" \t-") and span.line > 1 and COMMENT.match(span.source.line_text(span.line - 1)):
        return ()
    if DASH.fullmatch(before):
        return () if after.strip() else (Edit(line, ""),)
    if not in_list(span):
        return ()
    if not before.strip() and after.strip() == ",":
        return (Edit(line, ""),)
    comma = re.match(r",[ \t]*", after)
    if comma and before.strip() and after[comma.end() :] and not COMMENT.match(after[comma.end() :]):
        return (Edit(Span(span.source, span.start, span.end + comma.end()), ""),)
    if text[: span.start].rstrip()[-1] == "," and (not after.strip() or after.lstrip()[0] in "])}"):
        return (Edit(Span(span.source, len(text[: span.start].rstrip()) - 1, span.end), ""),)
    return ()


def without_element(values: Sequence[Value], *names: str) -> tuple[Edit, ...]:
    """A statement without one of its elements, given by all its values and the names that it may have there."""
    first, last = values[0].span, values[-1].span
    source, text = first.source, first.source.text
    named = re.compile(rf"""(["']?)\b(?:{"|".join(names)})\1[ \t]*[:=]\s*(?:(\[)\s*|-[ ]+)?(?:"\$\{{)?$""")
    key = named.search(text, source.line_starts[max(0, first.line - 2)], first.start)
    end = re.compile(r"(?:\}\")?(\s*,?\s*\])?").match(text, last.end)
    if key is None or end is None or bool(key[2]) != bool(end[1]) or last.source is not source:
        return ()
    whole = Span(source, key.start(), end.end())
    before, after = line_before(whole), line_after(whole)
    comma = re.compile(r",\s*$").search(text, 0, whole.start)
    if comma and re.compile(r"\s*\}").match(text, whole.end):
        return (Edit(Span(source, comma.start(), whole.end), ""),)
    if not before.strip() and after.strip() in ("", ","):
        return (Edit(Span(source, whole.start - len(before), text.find("\n", whole.end) + 1 or len(text)), ""),)
    following = re.match(r",[ \t]*(?=\S)", after)
    return (Edit(Span(source, whole.start, whole.end + following.end()), ""),) if following else ()


def with_login(one: InVain) -> tuple[Edit, ...]:
    """The login token on everything: by a statement of its own, or by the resource of a statement that grants nothing else."""
    statement = one.statement
    if one.policy.kind != "identity":
        return ()
    if one.by_name and len(statement.actions or ()) == 1 and len(one.resources) == 1:
        return _everything(one.resources[0])
    if statement.conditions:
        return ()
    added = _statement_beside(statement.span, quote_of(one.pattern) or "", one.token)
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
    return span.source.language == "terraform" and last_before(span) in ("[", ",", "=", ":") and not span.text.startswith("<<")


def _statement_beside(span: Span, quote: str, token: str) -> tuple[Edit, ...]:
    """A statement for the token next to another, which may be a block, an object in braces, or an entry of a YAML list."""
    if span.text.startswith("{"):
        return _object_beside(span, token)
    before, indent = line_before(span), " " * len(line_before(span))
    if span.text.startswith("statement") and span.source.language == "terraform" and not before.strip():
        lines = ["statement {", f'  actions   = ["{token}"]', '  resources = ["*"]', "}"]
        return (lines_above(span, "".join(f"{before}{line}\n" for line in lines) + "\n"),)
    if DASH.fullmatch(before):
        start = before[: before.index("-")]
        lines = [f"{before}Effect: Allow", f"{indent}Action: {quote}{token}{quote}", f'{indent}Resource: "*"']
        return (lines_above(span, "".join(f"{line}\n" for line in lines)),) if start == start.replace("\t", "") else ()
    return ()


def _object_beside(span: Span, token: str) -> tuple[Edit, ...]:
    style = _KEY.search(span.text)
    if style is None:
        return ()
    added = _object(span, style, token)
    own_line = not line_before(span).strip()
    gap = f"\n{line_before(span)}" if own_line else " "
    if in_list(span):
        return (insert(span, span.end, f",{gap}{added}"),)
    if stands_alone(span, "Statement"):
        return insert(span, span.start, "["), insert(span, span.end, f", {added}]")
    return ()


def _object(span: Span, style: re.Match[str], token: str) -> str:
    """The statement as an object, with keys, marks and line breaks as in the one beside it."""
    quote, space, mark = style.groups()
    pairs = (("Effect", '"Allow"'), ("Action", f'"{token}"'), ("Resource", '"*"'))
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
