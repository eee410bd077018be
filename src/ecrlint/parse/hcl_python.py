"""HCL text to nodes, on python-hcl2 (the extra `hcl2`): the reading where no compiled parser can be had.

The nodes are those of `ecrlint.parse.hcl`, places included, and its tests hold the two together. It takes about thirty
times as long. python-hcl2 ends at its first error: the items of the file are then read one by one, so that only those
with an error are lost. A heredoc is one token to it; what stands in it is taken apart here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING

from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span
from ecrlint.parse.hcl_nodes import MAX_DEPTH, TOO_DEEP, is_type, number, object_key
from ecrlint.parse.hcl_scan import items, masked, sequences
from ecrlint.parse.hcl_template import Piece, assemble, unescaped

if TYPE_CHECKING:
    from lark import Token, Tree

    Part = Tree[Token] | Token

NO_PARSER = "no parser for HCL: tree-sitter cannot be imported, and neither can python-hcl2 8 (pip install 'ecrlint[hcl2]')"

_OPERATORS = {
    "DOUBLE_PIPE": "||",
    "DOUBLE_AMP": "&&",
    "DOUBLE_EQ": "==",
    "NEQ": "!=",
    "LT": "<",
    "GT": ">",
    "LEQ": "<=",
    "GEQ": ">=",
    "PLUS": "+",
    "MINUS": "-",
    "ASTERISK": "*",
    "SLASH": "/",
    "PERCENT": "%",
    "NOT": "!",
}
_DIRECTIVES = {
    "template_if_start": "if",
    "template_else": "else",
    "template_endif": "endif",
    "template_for_start": "for",
    "template_endfor": "endfor",
}
_DIRECTIVE = re.compile(r"%\{~?\s*(if|else|endif|for|endfor)\b")
_FOR = re.compile(r"\s*([^\W\d][\w-]*)\s*(?:,\s*([^\W\d][\w-]*)\s*)?\bin\b")
_OPENED = "x = ("
_POSTFIX = ("index_expr_term", "get_attr_expr_term", "attr_splat_expr_term", "full_splat_expr_term")
_HEREDOC_DEPTH = 10
"""How many levels a heredoc counts for: the text inside is read once more for each that it stands in."""
_HARD = re.compile(r"\$\$\{|%%\{")
"""What python-hcl2 reads wrongly without an error."""


@cache
def _parse() -> Callable[[str], Tree[Token]] | None:
    """python-hcl2's parser; None where it is not installed, or another package stands where it would (checkov's does)."""
    try:
        from hcl2.api import parses_to_tree
    except ImportError:
        return None
    found: Callable[[str], Tree[Token]] = parses_to_tree
    return found


def parse(source: Source) -> tuple[Node, list[Problem]]:
    """The body of an HCL file, and a problem for each item of it that is not HCL."""
    whole = source.span(0, len(source.text))
    if _parse() is None:
        return Node("body", (), whole), [Problem(NO_PARSER, source.path)]
    reader = _Hcl2Reader(source, source.text, 0)
    if reader.tree is not None:
        return Node.deferred("body", reader.items, whole), list(reader.problems())
    readers = [_Hcl2Reader(source, source.text[start:end], start) for start, end in items(source.text)]
    problems = [problem for one in readers for problem in one.problems()]
    if not problems:  # each item is HCL, and the whole is not
        problems = list(reader.problems())
    return Node.deferred("body", lambda: tuple(item for one in readers for item in one.items()), whole), problems


def parse_template(source: Source, text: str, start: int) -> Node:
    """The template `text`, which stands at `start` in `source` without quotes."""
    span = source.span(start, min(start + len(text), len(source.text)))
    if _parse() is None:
        return Node("unreadable", None, span)
    reader = _Hcl2Reader(source, text, start)
    return assemble(reader.pieces(0, len(text), 0), span, quoted=False, flush=False)


class _Hcl2Reader:
    """Makes nodes of one text, which stands `shift` characters after the start of its source, and `depth` deep in it."""

    def __init__(self, source: Source, text: str, shift: int, depth: int = 0) -> None:
        self.source = source
        self.text = text
        self.shift = shift
        self.depth = depth
        self.error = len(text)
        self._inner: dict[int, _Hcl2Reader] = {}

    @cached_property
    def tree(self) -> Tree[Token] | None:
        """What python-hcl2 makes of the text; None, and `error` says from where on, where it reads it in no form."""
        from lark.exceptions import LarkError

        read = _parse()
        if read is None:
            return None
        text = self.text
        if _HARD.search(text) is None:
            try:
                return read(text)
            except LarkError:
                pass
        text = masked(text)
        try:
            return read(text)
        except LarkError as error:
            at = getattr(error, "pos_in_stream", None)  # None or -1 at the end of the text
            if at is not None and 0 <= at < len(self.text):
                self.error = at
            return None

    def problems(self) -> Iterator[Problem]:
        """One for the text where it is not HCL, else one for each sequence in its heredocs that is not."""
        tree = self.tree
        if tree is None:
            yield self._problem()
            return
        for token in _heredocs(tree):
            self._heredoc(token, self.depth)
        for reader in self._inner.values():
            yield from reader.problems()

    def _problem(self) -> Problem:
        at = self.error
        found = self.text[at:].split("\n", 1)[0].strip()
        said = f'unexpected "{found[:40]}"' if found else "unexpected end of the line"
        return Problem(f"this is not valid HCL: {said}", self.source.path, self.span(at, at + 1))

    def span(self, start: int, end: int) -> Span:
        length = len(self.source.text)
        return Span(self.source, min(max(start + self.shift, 0), length), min(max(end + self.shift, 0), length))

    def place(self, part: Part) -> Span:
        return self.span(*_extent(part))

    def word(self, part: Part) -> str:
        start, end = _extent(part)
        return self.text[start:end]

    # Structure

    def items(self) -> tuple[Node, ...]:
        return self.body(self.tree.children[0]) if self.tree is not None else ()

    def body(self, body: Part) -> tuple[Node, ...]:
        return tuple(self.attribute(one) if one.data == "attribute" else self.block(one) for one in _trees(body))

    def attribute(self, tree: Tree[Token]) -> Node:
        name, expression = _trees(tree)
        end = _extent(expression)[1]
        inner = Node.deferred("lazy", lambda: self.expression(expression, self.depth), self.place(expression))
        return Node("attribute", (self.word(name), inner), self.span(_extent(tree)[0], end))

    def block(self, tree: Tree[Token]) -> Node:
        *header, body = _trees(tree)
        kind, *labels = header
        words = tuple(self._label(label) for label in labels)
        inner = Node.deferred("body", lambda: self.body(body), self.place(tree))
        return Node("block", (self.word(kind), words, inner), self.span(_extent(kind)[0], _extent(header[-1])[1]))

    def _label(self, label: Tree[Token]) -> str:
        word = self.word(label)
        return unescaped(word[1:-1], quoted=True) if label.data == "string" else word

    # Expressions

    def expression(self, tree: Part, depth: int) -> Node:
        if depth > MAX_DEPTH:
            return self._unreadable(tree, TOO_DEEP)
        if isinstance(tree, str):
            return self._unreadable(tree)
        if tree.data == "conditional":
            sides = tuple(self.expression(part, depth + 1) for part in _trees(tree))
            return Node("conditional", sides, self._joined(sides[0], sides[-1]))
        if tree.data == "unary_op":
            sign, operand = tree.children
            value = (_operator(sign), self.expression(operand, depth + 1))
            return Node("unary", value, self.place(tree))
        if tree.data == "binary_op":
            left, term = _trees(tree)
            operator, right = _trees(term)
            sides = (self.expression(left, depth + 1), self.expression(right, depth + 1))
            return Node("binary", (_operator(operator.children[0]), *sides), self._joined(*sides))
        return self._traversal(tree, depth)

    def _joined(self, first: Node, last: Node) -> Span:
        return Span(self.source, first.span.start, max(first.span.start, last.span.end))

    def _traversal(self, tree: Tree[Token], depth: int) -> Node:
        """A term and what follows it: `.name`, `[key]`, `[*]`."""
        steps: list[Tree[Token]] = []
        while True:
            if tree.data == "expr_term" and len(tree.children) == 1 and not isinstance(tree.children[0], str):
                tree = tree.children[0]
            elif tree.data in _POSTFIX:
                tree, step = _trees(tree)
                steps.append(step)
            else:
                break
        result = self._term(tree, depth)
        start = _extent(tree)[0]
        for step in reversed(steps):
            result = self._postfix(result, step, start, depth)
        return result

    def _postfix(self, target: Node, step: Tree[Token], start: int, depth: int) -> Node:
        span = self.span(start, _extent(step)[1])
        if step.data == "get_attr":
            return Node("attr", (target, self.word(step.children[-1])), span)
        if step.data == "short_index" and is_type(target):  # a resource may be named by digits
            return Node("attr", (target, self.word(step.children[-1])), span)
        if step.data in ("short_index", "braces_index"):
            return Node("index", (target, self._key(step, depth)), span)
        after = _trees(step)
        dotted = step.data == "attr_splat"
        count = next((i for i, one in enumerate(after) if dotted and one.data == "braces_index"), len(after))
        marker = _extent(after[count - 1] if count else step.children[0])[1]
        steps = tuple(self._step(one, depth) for one in after[:count])
        result = Node("splat", (target, steps), self.span(start, marker))
        for one in after[count:]:
            result = self._postfix(result, one, start, depth)
        return result

    def _step(self, step: Tree[Token], depth: int) -> tuple[str, object]:
        return ("attr", self.word(step.children[-1])) if step.data == "get_attr" else ("index", self._key(step, depth))

    def _key(self, step: Tree[Token], depth: int) -> Node:
        if step.data == "braces_index":
            return self.expression(_trees(step)[0], depth + 1)
        return number(self.word(step.children[-1]), self.place(step))

    def _term(self, tree: Tree[Token], depth: int) -> Node:
        kind, span = tree.data, self.place(tree)
        if kind == "expr_term" and len(_trees(tree)) == 1:
            return Node("parens", self.expression(_trees(tree)[0], depth + 1), span)
        if kind == "identifier":
            return Node("name", self.word(tree), span)
        if kind == "literal_value":
            word = self.word(tree)
            return Node("null", None, span) if word == "null" else Node("bool", word == "true", span)
        if kind in ("int_lit", "float_lit"):
            return self._number(tree)
        if kind == "string":
            return self._string(tree, depth)
        if kind in ("heredoc_template", "heredoc_template_trim"):
            return self._heredoc(tree.children[0], depth + _HEREDOC_DEPTH)
        if kind == "tuple":
            return Node("list", tuple(self.expression(one, depth + 1) for one in _trees(tree)), span)
        if kind == "object":
            return Node("map", tuple(self._element(one, depth) for one in _trees(tree)), span)
        if kind == "function_call":
            return self._call(tree, depth)
        if kind in ("for_tuple_expr", "for_object_expr"):
            return self._for(tree, depth)
        return self._unreadable(tree)

    def _number(self, tree: Tree[Token]) -> Node:
        """python-hcl2 takes the sign of a number of two digits or more for a part of it."""
        start, end = _extent(tree)
        if not self.word(tree).startswith("-"):
            return number(self.word(tree), self.span(start, end))
        return Node("unary", ("-", number(self.text[start + 1 : end], self.span(start + 1, end))), self.span(start, end))

    def _element(self, tree: Tree[Token], depth: int) -> tuple[Node, Node]:
        name, value = _trees(tree)
        inner = _trees(name)[0]
        if inner.data == "keyword":
            key = Node("string", self.word(inner), self.place(inner))
        else:
            key = object_key(self.expression(inner, depth + 1))
        return key, self.expression(value, depth + 1)

    def _call(self, tree: Tree[Token], depth: int) -> Node:
        parts = _trees(tree)
        name = "::".join(self.word(part) for part in parts if part.data == "identifier")
        found = next((part for part in parts if part.data == "arguments"), None)
        arguments = () if found is None else tuple(self.expression(one, depth + 1) for one in _trees(found))
        return Node("call", (name, arguments, found is not None and _has(found, "ELLIPSIS")), self.place(tree))

    def _for(self, tree: Tree[Token], depth: int) -> Node:
        intro, *rest = _trees(tree)
        *names, collection = _trees(intro)
        condition = _trees(rest.pop())[0] if rest[-1].data == "for_cond" else None
        value = (
            self.word(names[0]) if len(names) > 1 else None,
            self.word(names[-1]),
            self.expression(collection, depth + 1),
            self.expression(rest[0], depth + 1) if len(rest) > 1 else None,
            self.expression(rest[-1], depth + 1),
            self.expression(condition, depth + 1) if condition is not None else None,
            _has(tree, "ELLIPSIS"),
            False,
        )
        return Node("for", value, self.place(tree))

    def _unreadable(self, part: Part, why: str | None = None) -> Node:
        return Node("unreadable", why, self.place(part))

    # Templates

    def _string(self, tree: Tree[Token], depth: int) -> Node:
        start, end = _extent(tree)
        pieces: list[Piece] = []
        at = start + 1
        for part in _trees(tree):
            for one in _trees(part):
                first, last = _extent(one)
                self._literal(pieces, at, first, quoted=True)
                pieces.append(self._sequence(one, first, last, depth))
                at = last
        self._literal(pieces, at, end - 1, quoted=True)
        return assemble(pieces, self.span(start, end), quoted=True, flush=False)

    def _sequence(self, tree: Tree[Token], start: int, end: int, depth: int) -> Piece:
        names = tuple(self.word(part) for part in _trees(tree) if part.data == "identifier")
        subject = next((part for part in _trees(tree) if part.data != "identifier"), None)
        node = self.expression(subject, depth + 1) if subject is not None else None
        return self._piece(_DIRECTIVES.get(tree.data, "value"), start, end, node, names)

    def _heredoc(self, token: Part, depth: int) -> Node:
        start, end = _extent(token)
        raw = self.text[start:end].rstrip()
        first = start + raw.index("\n") + 1
        last = max(first, start + raw.rindex("\n") + 1)
        pieces = self.pieces(first, last, depth)
        return assemble(pieces, self.span(start, start + len(raw)), quoted=False, flush=raw.startswith("<<-"))

    def pieces(self, start: int, end: int, depth: int) -> Sequence[Piece]:
        """The pieces of the template between two offsets."""
        pieces: list[Piece] = []
        at = start
        for first, last in sequences(self.text, start, end):
            self._literal(pieces, at, first, quoted=False)
            pieces.append(self._sequence_text(first, last, depth))
            at = last
        self._literal(pieces, at, end, quoted=False)
        return pieces

    def _sequence_text(self, start: int, end: int, depth: int) -> Piece:
        """A `${ }` or `%{ }` that python-hcl2 has not taken apart."""
        closed = self.text[end - 1 : end] == "}"
        stop = end - (2 if self.text[end - 2 : end] == "~}" else 1)
        if not closed:
            return Piece("value", self.span(start, end))
        if self.text[start] == "$":
            first = start + (3 if self.text[start + 2] == "~" else 2)
            return self._piece("value", start, end, self._part(first, stop, depth))
        found = _DIRECTIVE.match(self.text, start, stop)
        if found is None:
            return Piece("value", self.span(start, end))
        kind, first = found.group(1), found.end()
        names: tuple[str, ...] = ()
        if kind == "for":
            given = _FOR.match(self.text, first, stop)
            if given is None:
                return Piece("value", self.span(start, end))
            names = tuple(name for name in given.groups() if name)
            first = given.end()
        node = self._part(first, stop, depth) if kind in ("if", "for") else None
        return self._piece(kind, start, end, node, names)

    def _part(self, start: int, end: int, depth: int) -> Node:
        """The expression between two offsets."""
        reader = self._inner.get(start)
        if reader is None:
            wrapped = f"{_OPENED}{self.text[start:end]}\n)"
            reader = self._inner[start] = _Hcl2Reader(self.source, wrapped, self.shift + start - len(_OPENED), depth)
        found = reader.items() if depth <= MAX_DEPTH else ()
        if not found:
            return Node("unreadable", TOO_DEEP if depth > MAX_DEPTH else None, self.span(start, end))
        node: Node = found[0].value[1].value.value
        return node

    def _piece(self, kind: str, start: int, end: int, node: Node | None, names: tuple[str, ...] = ()) -> Piece:
        before, after = self.text.startswith("~", start + 2), self.text.startswith("~}", end - 2)
        return Piece(kind, self.span(start, end), "", node, names, before, after)

    def _literal(self, pieces: list[Piece], start: int, end: int, quoted: bool) -> None:
        if start < end:
            pieces.append(Piece("text", self.span(start, end), unescaped(self.text[start:end], quoted)))


def _trees(tree: Part) -> list[Tree[Token]]:
    """The children that are no tokens, without comments and line ends."""
    if isinstance(tree, str):
        return []
    return [child for child in tree.children if not isinstance(child, str) and child.data != "new_line_or_comment"]


def _heredocs(tree: Tree[Token]) -> Iterator[Part]:
    """The tokens of the heredocs, in order; lark's own walk goes as deep as the tree."""
    stack: list[Part] = [tree]
    while stack:
        part = stack.pop()
        if not isinstance(part, str):
            stack.extend(reversed(part.children))
        elif getattr(part, "type", "").startswith("HEREDOC"):
            yield part


def _has(tree: Tree[Token], kind: str) -> bool:
    return any(getattr(child, "type", None) == kind for child in tree.children)


def _operator(part: Part) -> str:
    """A sign or operator; python-hcl2 puts the line end before an operator into its token, so the text does not tell."""
    return _OPERATORS[getattr(part, "type", "")]


def _extent(part: Part) -> tuple[int, int]:
    """Character offsets, end exclusive."""
    if isinstance(part, str):
        return part.start_pos or 0, part.end_pos or 0
    meta = part.meta
    return (0, 0) if meta.empty else (meta.start_pos, meta.end_pos)
