"""HCL text to nodes, on tree-sitter: exact places, and it reads on after an error.

Beside the data tags (see `ecrlint.model.node`), HCL has these. `body`: a tuple of `attribute` and `block` nodes.
`attribute`: (name, expression). `block`: (type, labels, body). Expressions: `template`: a tuple of nodes, strings and
expressions in turn. `name`: the first word of a traversal. `attr`: (object, name). `index`: (object, key).
`splat`: (object, steps), where a step is ("attr", name) or ("index", key).
`call`: (function, arguments, whether the last is expanded). `conditional`: (condition, then, otherwise).
`for`: (key name or None, value name, collection, key or None, value, condition or None, grouped, template).
`unary`: (operator, operand). `binary`: (operator, left, right). `unreadable`: why it is not read; None
where the text is not HCL.

A string's span covers its quotes or heredoc marks; the span of a literal part of a template is its raw text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING

from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span
from ecrlint.parse.density import DENSE, is_dense
from ecrlint.parse.hcl_nodes import MAX_DEPTH, TOO_DEEP, is_type, number, object_key
from ecrlint.parse.hcl_template import Piece, assemble, unescaped

if TYPE_CHECKING:
    import tree_sitter

_CLOSERS = {
    "block_end": 'the block that begins here is not closed: "}" is missing',
    "object_end": 'the object that begins here is not closed: "}" is missing',
    "tuple_end": 'the list that begins here is not closed: "]" is missing',
    "quoted_template_end": "the string that begins here is not closed",
    "template_interpolation_end": 'the "${" here is not closed',
    "heredoc_identifier": "the heredoc that begins here is not closed",
}
_WORDS: dict[str, tuple[str, bool | None]] = {"true": ("bool", True), "false": ("bool", False), "null": ("null", None)}
_POSTFIX = {"get_attr", "index", "splat"}
_DIRECTIVES = {
    "template_if_intro": "if",
    "template_else_intro": "else",
    "template_if_end": "endif",
    "template_for_start": "for",
    "template_for_end": "endfor",
}

SECONDS = 2.0
"""How much of the processor the tree of a text may take; one of 2 MB that people write takes one second."""

QUICK = 4_000
"""A text of so many bytes never takes long."""

SLOW = "this takes too long to read"


@cache
def _parser() -> tree_sitter.Parser | None:
    """The compiled parser; None where it cannot be had."""
    try:
        import tree_sitter
        import tree_sitter_hcl

        return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))
    except (ImportError, ValueError):  # a ValueError where the two packages are of versions that do not fit
        return None


def parse(source: Source) -> tuple[Node, list[Problem]]:
    """The body of an HCL file, and a problem for each stretch that is not HCL.

    Without the compiled parser python-hcl2 reads it; without that one too the body is empty and the problem says so.
    """
    parser = _parser()
    if parser is None:
        from ecrlint.parse import hcl_python

        return hcl_python.parse(source)
    reader = _TreeReader(source, source.text, 0)
    if is_dense(reader.data):
        return Node("body", (), source.span(0, len(source.text))), [Problem(DENSE, source.path, source.span(0, 1))]
    root = _root(parser, reader.data)
    if root is None:
        return Node("body", (), source.span(0, len(source.text))), [Problem(SLOW, source.path, source.span(0, 1))]
    reader.clean = not root.has_error
    if reader.clean:
        recent_trees.keep(reader, root, 0, len(reader.data))
        return Node("body", reader.body(root), source.span(0, len(source.text))), []
    problems = list(reader.problems(root))
    if problems:
        reader, root, problems = _again(source, parser, len(problems)) or (reader, root, problems)
    if problems:
        from ecrlint.parse.hcl_dialects import other_language

        other = other_language(source)
        if other is not None:
            return Node("body", (), source.span(0, len(source.text))), [other]
    return Node.deferred("body", reader.body, source.span(0, len(source.text)), root), problems


def _again(source: Source, parser: tree_sitter.Parser, before: int) -> tuple[_TreeReader, tree_sitter.Node, list[Problem]] | None:
    """A second try for HCL that the grammar does not know; None where that leaves no fewer problems."""
    from ecrlint.parse.hcl_scan import CODE, separated, without_exponents

    text = without_exponents(separated(source.text), CODE)
    if text == source.text:
        return None
    reader = _TreeReader(source, text, 0, source.text)
    root = _root(parser, reader.data)
    if root is None:
        return None
    problems = list(reader.problems(root)) if root.has_error else []
    return (reader, root, problems) if len(problems) < before else None


def _root(parser: tree_sitter.Parser, data: bytes) -> tree_sitter.Node | None:
    """The tree of a text; None where it takes too long to make: an unclosed string before many spaces costs their square."""
    if len(data) <= QUICK:
        return parser.parse(data).root_node
    from time import process_time

    end = process_time() + SECONDS
    try:
        tree = parser.parse(lambda at, _: data[at : at + 65_536], progress_callback=lambda *_: process_time() > end)
    except ValueError:
        parser.reset()
        return None
    return tree.root_node


_OPENED = "t = <<ECRLINT_TEMPLATE_END\n"


@lru_cache(maxsize=128)
def parse_template(source: Source, text: str, start: int, places: tuple[int, ...] | None = None) -> Node:
    """The template `text`, which stands at `start` in `source` without quotes (a template file, or a `.tf.json` string).

    `places` are where each of its characters and its end stand in `source`, in place of one after the other.
    """
    parser = _parser()
    if parser is None:
        from ecrlint.parse import hcl_python

        return hcl_python.parse_template(source, text, start)
    wrapped = f"{_OPENED}{text}\nECRLINT_TEMPLATE_END\n"
    shift = start - len(_OPENED)
    reader = _TreeReader(source, wrapped, shift, places=places)
    root = _root(parser, reader.data)
    if root is not None and root.has_error:
        from ecrlint.parse.hcl_scan import TEMPLATE, without_exponents

        plain = f"{_OPENED}{without_exponents(text, TEMPLATE)}\nECRLINT_TEMPLATE_END\n"
        if plain != wrapped:
            reader = _TreeReader(source, plain, shift, wrapped, places)
            root = _root(parser, reader.data)
    heredoc = None if root is None else _first(root, "heredoc_template")
    if heredoc is None:
        return Node("unreadable", None, source.span(start, start + len(text)))
    node = reader.template(heredoc, 0, extra_newline=True)
    return Node("string", node.value, source.span(start, start + len(text))) if node.tag == "string" else node


_HEADER = rb'([A-Za-z_][\w-]*)[ \t]+(?:"([^"\\$%{\r\n]*)"[ \t]+)?(?:"([^"\\$%{\r\n]*)"[ \t]+)?\{'
_ATTRIBUTE = rb"([A-Za-z_][\w-]*)[ \t]*=[ \t]*(?=[^ \t\r\n/#])"
_PLAIN = rb'"([^"\\$%\r\n]*)"|([0-9]+)|([A-Za-z_][\w-]*)((?:\.[A-Za-z_][\w-]*)*)'
"""How most headers, attributes and expressions are written. Their text says as much as their tree does, which costs an
object for each word of it."""


class RecentTrees:
    """The syntax trees of what was parsed last, of so many bytes of text together.

    A tree takes some sixty times the memory of its text, and most of a text is read soon after it is parsed, or never. What is
    read later is parsed again, by itself.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self.kept: dict[_TreeReader, tuple[tree_sitter.Node, int, int]] = {}

    def keep(self, reader: _TreeReader, root: tree_sitter.Node, start: int, end: int) -> None:
        """Keep the tree of a text, from a byte to a byte, in place of another stretch of it."""
        self._drop(reader)
        self.kept[reader] = root, start, end
        self.room -= end - start
        while self.room < 0 and len(self.kept) > 1:
            self._drop(next(iter(self.kept)))

    def _drop(self, reader: _TreeReader) -> None:
        if reader in self.kept:
            _, start, end = self.kept.pop(reader)
            self.room += end - start

    def find(self, reader: _TreeReader, start: int, end: int) -> tree_sitter.Node:
        """The node of the block or attribute that stands from a byte to a byte of a text without errors."""
        kept = self.kept.get(reader)
        if kept is None or start < kept[1] or kept[2] < end:
            self.keep(reader, _stretch(reader.data, start, end), start, end)
        found = self.kept[reader][0].descendant_for_byte_range(start, end)
        assert found is not None
        return found


def _stretch(data: bytes, start: int, end: int) -> tree_sitter.Node:
    """The tree of what stands from a byte to a byte of a text, with the places that it has there."""
    from tree_sitter import Range

    parser = _parser()
    assert parser is not None
    parser.included_ranges = [Range((0, start), (0, end), start, end)]
    try:
        return parser.parse(data).root_node
    finally:
        del parser.included_ranges


recent_trees = RecentTrees(room=1 << 20)


class _TreeReader:
    """Makes nodes of one parsed text, which stands `shift` characters after the start of its source.

    `clean`: all of it is HCL, so that a pattern says what the tree would. `written` is the text with its exponents, for which
    digits stand in the parsed one. `places` are where what follows on `_OPENED` stands.
    """

    def __init__(
        self, source: Source, text: str, shift: int, written: str | None = None, places: Sequence[int] | None = None
    ) -> None:
        self.source = source
        self.data = text.encode()
        self.written = text if written is None else written
        self.shift = shift
        self.places = places
        self.clean = False
        self._header = re.compile(_HEADER)
        self._attribute = re.compile(_ATTRIBUTE)
        self._plain = re.compile(_PLAIN)
        self.ascii = len(self.data) == len(text)
        self.exact = self.ascii and shift == 0 and len(text) == len(source.text)
        self._byte_lines: list[int] = []
        self._char_lines: list[int] = []
        if not self.ascii:
            at_byte = at_char = 0
            for line in text.split("\n"):
                self._byte_lines.append(at_byte)
                self._char_lines.append(at_char)
                at_byte += len(line.encode()) + 1
                at_char += len(line) + 1

    def char(self, byte: int) -> int:
        """The character offset in the source of a byte offset in the parsed text."""
        if self.places is None:
            return self.offset(byte) + self.shift
        at = self.offset(byte) - len(_OPENED)
        return self.places[min(max(at, 0), len(self.places) - 1)]

    def offset(self, byte: int) -> int:
        """The character offset of a byte offset in the parsed text."""
        if self.ascii:
            return byte
        line = bisect_right(self._byte_lines, byte) - 1
        start = self._byte_lines[line]
        return self._char_lines[line] + len(self.data[start:byte].decode(errors="replace"))

    def span(self, start: int, end: int) -> Span:
        if self.exact:
            return Span(self.source, start, end)
        length = len(self.source.text)
        return Span(self.source, min(max(self.char(start), 0), length), min(max(self.char(end), 0), length))

    def text(self, node: tree_sitter.Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode(errors="replace")

    def problems(self, root: tree_sitter.Node) -> Iterator[Problem]:
        # A node's own way to its parent begins at the root, and may try every path.
        stack: list[tuple[tree_sitter.Node, tree_sitter.Node | None]] = [(root, None)]
        while stack:
            node, first = stack.pop()
            if node.is_missing:
                yield self._missing(node, first or node)
            elif node.is_error:
                span = self.span(node.start_byte, max(node.end_byte, node.start_byte + 1))
                found = self.text(node).split("\n", 1)[0].strip()
                said = f'unexpected "{found[:40]}"' if found else "unexpected end of the line"
                yield Problem(f"this is not valid HCL: {said}", self.source.path, span)
            elif node.has_error:
                children = node.children
                first = children[0] if len(children) > 1 else None
                stack.extend((child, first) for child in reversed(children))

    def _missing(self, node: tree_sitter.Node, opened: tree_sitter.Node) -> Problem:
        """Something is not closed: the place is where it was opened, which is where the mistake can be seen."""
        said = _CLOSERS.get(node.type, f"{node.type.replace('_', ' ')} is missing")
        span = self.span(opened.start_byte, max(opened.end_byte, opened.start_byte + 1))
        return Problem(f"this is not valid HCL: {said}", self.source.path, span)

    # Structure

    def body(self, node: tree_sitter.Node) -> tuple[Node, ...]:
        items: list[Node] = []
        for child in node.children:
            if child.type == "attribute":
                items.append(self.attribute(child))
            elif child.type == "block":
                items.append(self.block(child))
            elif child.type == "body" or child.is_error:
                items.extend(self.body(child))
        return tuple(items)

    def attribute(self, node: tree_sitter.Node) -> Node:
        start, end = node.start_byte, node.end_byte
        found = self._attribute.match(self.data, start) if self.clean else None
        if found is not None:
            at = found.end()
            # The tag of an expression is known only once it is read, so a `lazy` node holds the real one.
            expression = Node.deferred("lazy", self._after, self.span(at, end), start, at, end)
            return Node("attribute", (found[1].decode(), expression), self.span(start, end))
        name = self.text(node.children[0])
        last = node.children[-1]
        span = self.span(last.start_byte, last.end_byte)
        if last.type != "expression":
            return Node("attribute", (name, Node("unreadable", None, span)), span)
        if self.clean:
            return Node("attribute", (name, Node.deferred("lazy", self._last, span, start, end)), self.span(start, end))
        return Node("attribute", (name, Node.deferred("lazy", self.expression, span, last, 0)), self.span(start, end))

    def _after(self, start: int, at: int, end: int) -> Node:
        """The expression of an attribute, which stands at its end."""
        return self._written(at, end) or self._last(start, end)

    def _last(self, start: int, end: int) -> Node:
        return self.expression(recent_trees.find(self, start, end).children[-1], 0)

    def block(self, node: tree_sitter.Node) -> Node:
        start, end = node.start_byte, node.end_byte
        found = self._header.match(self.data, start) if self.clean else None
        if found is not None:
            labels = tuple([label.decode() for label in found.groups()[1:] if label is not None])
            inner = Node.deferred("body", self._inside, self.span(start, end), start, end)
            last = found.lastindex or 1
            return Node("block", (found[1].decode(), labels, inner), self.span(start, found.end(last) + (last > 1)))
        return self._block(node)

    def _inside(self, start: int, end: int) -> tuple[Node, ...]:
        """What is in a block."""
        body = next((child for child in recent_trees.find(self, start, end).children if child.type == "body"), None)
        return () if body is None else self.body(body)

    def _block(self, node: tree_sitter.Node) -> Node:
        kind = ""
        labels: list[str] = []
        body: tree_sitter.Node | None = None
        header_end = node.start_byte
        for child in node.children:
            if child.type == "identifier":
                if kind:
                    labels.append(self.text(child))
                else:
                    kind = self.text(child)
                header_end = child.end_byte
            elif child.type == "string_lit":
                labels.append(unescaped(self.text(child)[1:-1], quoted=True))
                header_end = child.end_byte
            elif child.type == "body":
                body = child
        span = self.span(node.start_byte, header_end)
        if self.clean:
            place = node.start_byte, node.end_byte
            inner = Node.deferred("body", self._inside, self.span(*place), *place)
        elif body is None:
            inner = Node("body", (), self.span(node.start_byte, node.end_byte))
        else:
            inner = Node.deferred("body", self.body, self.span(node.start_byte, node.end_byte), body)
        return Node("block", (kind, tuple(labels), inner), span)

    # Expressions

    def expression(self, node: tree_sitter.Node, depth: int) -> Node:
        """The node of an `expression`, or of whatever may stand as an operand."""
        if depth > MAX_DEPTH:
            return self._unreadable(node, TOO_DEEP)
        if self.clean:
            plain = self._written(node.start_byte, node.end_byte)
            if plain is not None:
                return plain
        if node.type != "expression":
            return self._sequence([node], depth)
        children = node.children
        if len(children) == 1:
            return self._sequence(children, depth)
        return self._sequence([child for child in children if child.type != "comment"], depth)

    def _written(self, start: int, end: int) -> Node | None:
        """The node of an expression that is a string without holes, a number, a word, or words joined by dots."""
        found = self._plain.fullmatch(self.data, start, end)
        if found is None:
            return None
        string, digits, word, rest = found.groups()
        if string is not None:
            return Node("string", string.decode(errors="replace"), self.span(start, end))
        if digits is not None:
            return number(digits.decode(), self.span(start, end))
        name: str = word.decode()
        at = found.end(3)
        if name in _WORDS:
            kind, value = _WORDS[name]
            return None if rest else Node(kind, value, self.span(start, at))
        made = Node("name", name, self.span(start, at))
        for step in rest.decode().split(".")[1:]:
            at += 1 + len(step)
            made = Node("attr", (made, step), self.span(start, at))
        return made

    def _sequence(self, nodes: Sequence[tree_sitter.Node], depth: int) -> Node:
        """A primary expression and what follows it: `.name`, `[key]`, `[*]`."""
        if not nodes:
            raise AssertionError("an expression has parts")
        first = nodes[0]
        rest = nodes[1:]
        if first.type == "(" and len(nodes) >= 3:
            result = self.expression(nodes[1], depth + 1)
            rest = nodes[3:]
            result = Node("parens", result, self.span(first.start_byte, nodes[2].end_byte))
        else:
            result = self._primary(first, depth)
        for step in rest:
            result = self._postfix(result, step, first.start_byte, depth)
        return result

    def _postfix(self, target: Node, step: tree_sitter.Node, start: int, depth: int) -> Node:
        span = self.span(start, step.end_byte)
        if step.type == "get_attr":
            return Node("attr", (target, self.text(step.children[-1])), span)
        if step.type == "index":
            if step.children[0].type == "legacy_index" and is_type(target):  # a resource may be named by digits
                return Node("attr", (target, self.text(step).lstrip(".")), span)
            return Node("index", (target, self._index_key(step, depth)), span)
        if step.type == "splat":
            return self._splat(target, step.children[0], start, depth)
        return self._unreadable(step)

    def _splat(self, target: Node, node: tree_sitter.Node, start: int, depth: int) -> Node:
        """`[*]` goes on for everything after it; the older `.*` only for what begins with a dot."""
        after = [child for child in node.children if child.type in _POSTFIX]
        each = after
        if node.type == "attr_splat":
            each = list(takewhile(_is_dotted, after))
        steps = tuple(self._step(child, depth) for child in each)
        result = Node("splat", (target, steps), self.span(start, each[-1].end_byte if each else node.end_byte))
        for step in after[len(each) :]:
            result = self._postfix(result, step, start, depth)
        return result

    def _index_key(self, node: tree_sitter.Node, depth: int) -> Node:
        inner = node.children[0]
        key = next((child for child in inner.children if child.type == "expression"), None)
        if key is not None:
            return self.expression(key, depth + 1)
        digits = re.sub(r"[^0-9]", "", self.text(inner)) or "0"
        return number(digits, self.span(inner.start_byte, inner.end_byte))

    def _step(self, node: tree_sitter.Node, depth: int) -> tuple[str, object]:
        if node.type == "get_attr":
            return ("attr", self.text(node.children[-1]))
        return ("index", self._index_key(node, depth))

    def _primary(self, node: tree_sitter.Node, depth: int) -> Node:
        kind = node.type
        span = self.span(node.start_byte, node.end_byte)
        if kind == "expression":
            return self.expression(node, depth + 1)
        if kind in ("literal_value", "collection_value", "template_expr", "for_expr", "operation"):
            inner = node.children[0]
            if inner.type in ("binary_operation", "unary_operation"):
                return self._operation(inner, depth + 1)
            return self._primary(inner, depth)
        if kind == "variable_expr":
            return Node("name", self.text(node), span)
        if kind in ("string_lit", "quoted_template", "heredoc_template"):
            return self.template(node, depth + 1)
        if kind == "numeric_lit":
            start, end = self.offset(node.start_byte), self.offset(node.end_byte)
            return number(self.written[start:end], span)
        if kind == "bool_lit":
            return Node("bool", self.text(node) == "true", span)
        if kind == "null_lit":
            return Node("null", None, span)
        if kind == "tuple":
            items = tuple(self.expression(child, depth + 1) for child in node.children if child.type == "expression")
            return Node("list", items, span)
        if kind == "object":
            elements = (child for child in node.children if child.type == "object_elem")
            return Node("map", tuple(self._element(child, depth) for child in elements), span)
        if kind in ("for_tuple_expr", "for_object_expr"):
            return self._for(node, depth)
        if kind == "function_call":
            return self._call(node, depth)
        if kind == "conditional":
            return self._conditional(node, depth)
        return self._unreadable(node)

    def _conditional(self, node: tree_sitter.Node, depth: int) -> Node:
        """The grammar groups `a ? b : c ? d : e` from the left, HCL from the right."""
        whole = node
        parts: list[tree_sitter.Node] = []  # from the last to the first
        while True:
            condition, *sides = [child for child in node.children if child.type == "expression"]
            if depth + len(parts) // 2 > MAX_DEPTH:
                return self._unreadable(whole, TOO_DEEP)
            if len(sides) != 2:
                return self._unreadable(whole)
            parts += reversed(sides)
            if len(condition.children) != 1 or condition.children[0].type != "conditional":
                break
            node = condition.children[0]
        parts.append(condition)
        result = self.expression(parts[0], depth + 1)
        for then, condition in zip(parts[1::2], parts[2::2], strict=True):
            value = (self.expression(condition, depth + 1), self.expression(then, depth + 1), result)
            result = Node("conditional", value, self.span(condition.start_byte, whole.end_byte))
        return result

    def _element(self, node: tree_sitter.Node, depth: int) -> tuple[Node, Node]:
        parts = [child for child in node.children if child.type == "expression"]
        if len(parts) < 2:
            return self._unreadable(node), self._unreadable(node)
        name = self.expression(parts[0], depth + 1)
        return object_key(name), self.expression(parts[1], depth + 1)

    def _operation(self, node: tree_sitter.Node, depth: int) -> Node:
        span = self.span(node.start_byte, node.end_byte)
        children = [child for child in node.children if child.type != "comment"]
        if depth > MAX_DEPTH:
            return self._unreadable(node, TOO_DEEP)
        if node.type == "unary_operation":
            return Node("unary", (children[0].type, self._sequence(children[1:], depth)), span)
        at = next(i for i, child in enumerate(children) if i and not child.is_named and child.type not in "()")
        left, right = children[:at], children[at + 1 :]
        if not right:
            return self._unreadable(node)
        return Node("binary", (children[at].type, self._sequence(left, depth), self._sequence(right, depth)), span)

    def _call(self, node: tree_sitter.Node, depth: int) -> Node:
        arguments: list[Node] = []
        expanded = False
        for child in node.children:
            if child.type == "function_arguments":
                for part in child.children:
                    if part.type == "expression":
                        arguments.append(self.expression(part, depth + 1))
                    elif part.type == "ellipsis":
                        expanded = True
        value = (self.text(node.children[0]), tuple(arguments), expanded)
        return Node("call", value, self.span(node.start_byte, node.end_byte))

    def _for(self, node: tree_sitter.Node, depth: int) -> Node:
        names: list[str] = []
        collection = condition = None
        results: list[Node] = []
        grouped = False
        for child in node.children:
            if child.type == "for_intro":
                names = [self.text(part) for part in child.children if part.type == "identifier"]
                collection = next((part for part in child.children if part.type == "expression"), None)
            elif child.type == "for_cond":
                condition = next((part for part in child.children if part.type == "expression"), None)
            elif child.type == "expression":
                results.append(self.expression(child, depth + 1))
            elif child.type == "ellipsis":
                grouped = True
        if collection is None or not names or not results:
            return self._unreadable(node)
        value = (
            names[0] if len(names) > 1 else None,
            names[-1],
            self.expression(collection, depth + 1),
            results[0] if len(results) > 1 else None,
            results[-1],
            self.expression(condition, depth + 1) if condition is not None else None,
            grouped,
            False,
        )
        return Node("for", value, self.span(node.start_byte, node.end_byte))

    def _unreadable(self, node: tree_sitter.Node, why: str | None = None) -> Node:
        return Node("unreadable", why, self.span(node.start_byte, node.end_byte))

    # Templates

    def template(self, node: tree_sitter.Node, depth: int, extra_newline: bool = False) -> Node:
        """A quoted string or heredoc; `extra_newline` where the last line end is not the text's own."""
        quoted = node.type != "heredoc_template"
        start, end = (node.start_byte + 1, node.end_byte - 1) if quoted else self._heredoc_region(node)
        pieces: list[Piece] = []
        at = self._pieces(node.children, start, pieces, quoted, depth)
        self._literal(pieces, at, end - 1 if extra_newline else end, quoted)
        flush = not quoted and self.data.startswith(b"<<-", node.start_byte)
        return assemble(pieces, self.span(node.start_byte, node.end_byte), quoted, flush)

    def _heredoc_region(self, node: tree_sitter.Node) -> tuple[int, int]:
        marks = [child for child in node.children if child.type == "heredoc_identifier"]
        start = self.data.find(b"\n", marks[0].end_byte) + 1
        end = marks[-1].start_byte if len(marks) > 1 else node.end_byte
        end = self.data.rfind(b"\n", 0, end) + 1
        return start, max(start, end)

    def _pieces(self, children: Sequence[tree_sitter.Node], at: int, pieces: list[Piece], quoted: bool, depth: int) -> int:
        """Add the pieces that begin with these nodes, with the literal text from `at` on before them; where they end."""
        for child in children:
            kind = child.type
            if kind == "template_directive" and depth < MAX_DEPTH:
                at = self._pieces(child.children[0].children, at, pieces, quoted, depth + 1)
                continue
            start, end = child.start_byte, child.end_byte
            if kind == "template_interpolation":
                if start > at and self.data[start - 1] == self.data[start]:  # `$$${`: the grammar knows only `$${`
                    continue
                self._literal(pieces, at, start, quoted)
                node = next((self.expression(part, depth) for part in child.children if part.type == "expression"), None)
                pieces.append(self._piece("value", start, end, node))
            elif kind in _DIRECTIVES:
                self._literal(pieces, at, start, quoted)
                pieces.append(self._directive(child, depth))
            elif kind == "template_directive":
                self._literal(pieces, at, start, quoted)
                pieces.append(self._piece("value", start, end, self._unreadable(child, TOO_DEEP)))
            else:
                continue
            at = end
        return at

    def _directive(self, node: tree_sitter.Node, depth: int) -> Piece:
        condition = next((self.expression(part, depth) for part in node.children if part.type == "expression"), None)
        names = tuple(self.text(part) for part in node.children if part.type == "identifier")
        return self._piece(_DIRECTIVES[node.type], node.start_byte, node.end_byte, condition, names)

    def _piece(self, kind: str, start: int, end: int, node: Node | None, names: tuple[str, ...] = ()) -> Piece:
        before, after = self.data.startswith(b"~", start + 2), self.data.startswith(b"~}", end - 2)
        return Piece(kind, self.span(start, end), "", node, names, before, after)

    def _literal(self, pieces: list[Piece], start: int, end: int, quoted: bool) -> None:
        if start < end:
            raw = self.data[start:end].decode(errors="replace")
            pieces.append(Piece("text", self.span(start, end), unescaped(raw, quoted)))


def _is_dotted(step: tree_sitter.Node) -> bool:
    return step.type == "get_attr" or (step.type == "index" and step.children[0].type == "legacy_index")


def _first(node: tree_sitter.Node, kind: str) -> tree_sitter.Node | None:
    stack = [node]
    while stack:
        node = stack.pop()
        if node.type == kind:
            return node
        stack.extend(reversed(node.children))
    return None
