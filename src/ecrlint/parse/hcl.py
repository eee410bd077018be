"""HCL text to nodes, on tree-sitter: exact places, and it reads on after an error.

Beside the data tags (see `ecrlint.model.node`), HCL has these. `body`: a tuple of `attribute` and `block` nodes.
`attribute`: (name, expression). `block`: (type, labels, body). Expressions: `template`: a tuple of nodes, strings and
expressions in turn. `name`: the first word of a traversal. `attr`: (object, name). `index`: (object, key).
`splat`: (object, steps), where a step is ("attr", name) or ("index", key).
`call`: (function, arguments, whether the last is expanded). `conditional`: (condition, then, otherwise).
`for`: (key name or None, value name, collection, key or None, value, condition or None, grouped, template).
`unary`: (operator, operand). `binary`: (operator, left, right). `unreadable`: None, where the text is not HCL.

A string's span covers its quotes or heredoc marks; the span of a literal part of a template is its raw text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span

if TYPE_CHECKING:
    import tree_sitter

MAX_DEPTH = 150
"""How deep expressions may nest; what is deeper is `unreadable`."""

# Patterns stay text, so that they cost nothing before they are first used.
_ESCAPE = r'\\(?:[nrt"\\]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})|\$\$\{|%%\{'
_HEREDOC_ESCAPE = r"\$\$\{|%%\{"
_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\\\": "\\", "$${": "${", "%%{": "%{"}
_CLOSERS = {
    "block_end": 'the block that begins here is not closed: "}" is missing',
    "object_end": 'the object that begins here is not closed: "}" is missing',
    "tuple_end": 'the list that begins here is not closed: "]" is missing',
    "quoted_template_end": "the string that begins here is not closed",
    "template_interpolation_end": 'the "${" here is not closed',
    "heredoc_identifier": "the heredoc that begins here is not closed",
}
_POSTFIX = {"get_attr", "index", "splat"}
_BLANKS = b" \t\r\n"


@cache
def _parser() -> tree_sitter.Parser:
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def parse(source: Source) -> tuple[Node, list[Problem]]:
    """The body of an HCL file, and a problem for each stretch that is not HCL."""
    reader = _Reader(source, source.text, 0)
    root = _parser().parse(reader.data).root_node
    problems = list(reader.problems(root)) if root.has_error else []
    return Node.deferred("body", lambda: reader.body(root), source.span(0, len(source.text))), problems


@lru_cache(maxsize=128)
def parse_template(source: Source, text: str, start: int) -> Node:
    """The template `text`, which stands at `start` in `source` without quotes (a template file, or a `.tf.json` string)."""
    marker = "<<ECRLINT_TEMPLATE_END\n"
    wrapped = f"t = {marker}{text}\nECRLINT_TEMPLATE_END\n"
    reader = _Reader(source, wrapped, start - len("t = ") - len(marker))
    heredoc = _first(_parser().parse(reader.data).root_node, "heredoc_template")
    if heredoc is None:
        return Node("unreadable", None, source.span(start, start + len(text)))
    node = reader.template(heredoc, extra_newline=True)
    return Node("string", node.value, source.span(start, start + len(text))) if node.tag == "string" else node


class _Reader:
    """Makes nodes of one parsed text, which stands `shift` characters after the start of its source."""

    def __init__(self, source: Source, text: str, shift: int) -> None:
        self.source = source
        self.data = text.encode()
        self.shift = shift
        self.ascii = len(self.data) == len(text)
        self.exact = self.ascii and text is source.text
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
        if self.ascii:
            return byte + self.shift
        line = bisect_right(self._byte_lines, byte) - 1
        start = self._byte_lines[line]
        return self._char_lines[line] + len(self.data[start:byte].decode(errors="replace")) + self.shift

    def span(self, start: int, end: int) -> Span:
        if self.exact:
            return Span(self.source, start, end)
        length = len(self.source.text)
        return Span(self.source, min(max(self.char(start), 0), length), min(max(self.char(end), 0), length))

    def text(self, node: tree_sitter.Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode(errors="replace")

    def problems(self, root: tree_sitter.Node) -> Iterator[Problem]:
        stack = [root]
        while stack:
            node = stack.pop()
            if node.is_missing:
                yield self._missing(node)
            elif node.is_error:
                span = self.span(node.start_byte, max(node.end_byte, node.start_byte + 1))
                found = self.text(node).split("\n", 1)[0].strip()
                said = f'unexpected "{found[:40]}"' if found else "unexpected end of the line"
                yield Problem(f"this is not valid HCL: {said}", self.source.path, span)
            elif node.has_error:
                stack.extend(reversed(node.children))

    def _missing(self, node: tree_sitter.Node) -> Problem:
        """Something is not closed: the place is where it was opened, which is where the mistake can be seen."""
        opened = node.parent.children[0] if node.parent is not None and node.parent.child_count > 1 else node
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
        name = self.text(node.children[0])
        last = node.children[-1]
        span = self.span(last.start_byte, last.end_byte)
        if last.type != "expression":
            return Node("attribute", (name, Node("unreadable", None, span)), span)
        expression = self._deferred(last, span)
        return Node("attribute", (name, expression), self.span(node.start_byte, node.end_byte))

    def _deferred(self, node: tree_sitter.Node, span: Span) -> Node:
        # The tag of an expression is known only once it is read, so a `lazy` node holds the real one.
        return Node.deferred("lazy", lambda: self.expression(node, 0), span)

    def block(self, node: tree_sitter.Node) -> Node:
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
                labels.append(self.text(child)[1:-1])
                header_end = child.end_byte
            elif child.type == "body":
                body = child
        span = self.span(node.start_byte, header_end)
        if body is None:
            inner = Node("body", (), span)
        else:
            found = body
            inner = Node.deferred("body", lambda: self.body(found), self.span(node.start_byte, node.end_byte))
        return Node("block", (kind, tuple(labels), inner), span)

    # Expressions

    def expression(self, node: tree_sitter.Node, depth: int) -> Node:
        """The node of an `expression`, or of whatever may stand as an operand."""
        if depth > MAX_DEPTH:
            return self._unreadable(node)
        if node.type != "expression":
            return self._sequence([node], depth)
        children = node.children
        if len(children) == 1:
            return self._sequence(children, depth)
        return self._sequence([child for child in children if child.type != "comment"], depth)

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
            if step.children[0].type == "legacy_index" and _is_type(target):  # a resource may be named by digits
                return Node("attr", (target, self.text(step).lstrip(".")), span)
            return Node("index", (target, self._index_key(step, depth)), span)
        if step.type == "splat":
            return self._splat(target, step.children[0], start, depth)
        return self._unreadable(step)

    def _splat(self, target: Node, node: tree_sitter.Node, start: int, depth: int) -> Node:
        """`[*]` goes on for everything after it; the older `.*` only for names, what comes then is of the whole list."""
        after = [child for child in node.children if child.type in _POSTFIX]
        each = after
        if node.type == "attr_splat":
            each = list(takewhile(lambda child: child.type == "get_attr", after))
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
        digits = re.sub(r"\D", "", self.text(inner)) or "0"
        return Node("number", int(digits), self.span(inner.start_byte, inner.end_byte))

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
            return self.template(node)
        if kind == "numeric_lit":
            return Node("number", _number(self.text(node)), span)
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
            condition, then, otherwise = [c for c in node.children if c.type == "expression"][:3]
            sides = (self.expression(part, depth + 1) for part in (condition, then, otherwise))
            return Node("conditional", tuple(sides), span)
        return self._unreadable(node)

    def _element(self, node: tree_sitter.Node, depth: int) -> tuple[Node, Node]:
        parts = [child for child in node.children if child.type == "expression"]
        if len(parts) < 2:
            return self._unreadable(node), self._unreadable(node)
        name = self.expression(parts[0], depth + 1)
        if name.tag == "name":  # a bare word as a key is a string, not a reference
            name = Node("string", name.value, name.span)
        return name, self.expression(parts[1], depth + 1)

    def _operation(self, node: tree_sitter.Node, depth: int) -> Node:
        span = self.span(node.start_byte, node.end_byte)
        children = [child for child in node.children if child.type != "comment"]
        if depth > MAX_DEPTH:
            return self._unreadable(node)
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

    def _unreadable(self, node: tree_sitter.Node) -> Node:
        return Node("unreadable", None, self.span(node.start_byte, node.end_byte))

    # Templates

    def template(self, node: tree_sitter.Node, extra_newline: bool = False) -> Node:
        """A quoted string or heredoc: a `string` where it is all literal, the expression where it is only that."""
        span = self.span(node.start_byte, node.end_byte)
        heredoc = node.type == "heredoc_template"
        start, end = self._heredoc_region(node) if heredoc else (node.start_byte + 1, node.end_byte - 1)
        if extra_newline:
            end -= 1
        dropped = self._dedent(node, start, end) if heredoc and self.data[node.start_byte :].startswith(b"<<-") else []
        parts = self._parts(node.children, start, end, _Literals(self, heredoc, dropped))
        if not parts:
            return Node("string", "", span)
        if len(parts) == 1 and parts[0].tag == "string":
            return Node("string", parts[0].value, span)
        if len(parts) == 1 and parts[0].tag != "for" and not heredoc:
            return parts[0]
        return Node("template", tuple(parts), span)

    def _heredoc_region(self, node: tree_sitter.Node) -> tuple[int, int]:
        marks = [child for child in node.children if child.type == "heredoc_identifier"]
        start = self.data.find(b"\n", marks[0].end_byte) + 1
        end = marks[-1].start_byte if len(marks) > 1 else node.end_byte
        end = self.data.rfind(b"\n", 0, end) + 1
        return start, max(start, end)

    def _dedent(self, node: tree_sitter.Node, start: int, end: int) -> list[tuple[int, int]]:
        """The stretches of indentation that `<<-` takes away, by HCL's rule: the least of all lines that are not blank."""
        inside = [(c.start_byte, c.end_byte) for c in node.children if c.type == "template_interpolation"]
        indents: list[tuple[int, int]] = []
        at = start
        while at < end:
            stop = self.data.find(b"\n", at, end)
            stop = end if stop < 0 else stop + 1
            line = self.data[at:stop]
            if not any(first < at < last for first, last in inside):
                indent = len(line) - len(line.lstrip(_BLANKS))
                if line.strip():
                    indents.append((at, indent))
            at = stop
        least = min((indent for _, indent in indents), default=0)
        return [(at, at + least) for at, _ in indents] if least else []

    def _parts(self, children: Sequence[tree_sitter.Node], start: int, end: int, literals: _Literals) -> list[Node]:
        """The parts of a template between two offsets; what no child covers is literal text."""
        parts: list[Node] = []
        at = start
        strip_next = False
        for child in children:
            if child.type not in ("template_interpolation", "template_directive"):
                continue
            strip_before, strip_after = _strips(child)
            literals.add(parts, at, child.start_byte, strip_next, strip_before)
            if child.type == "template_interpolation":
                expression = next((part for part in child.children if part.type == "expression"), None)
                parts.append(self._unreadable(child) if expression is None else self.expression(expression, 0))
            else:
                parts.append(self._directive(child.children[0], literals))
            at = child.end_byte
            strip_next = strip_after
        literals.add(parts, at, end, strip_next, False)
        return parts

    def _directive(self, node: tree_sitter.Node, literals: _Literals) -> Node:
        span = self.span(node.start_byte, node.end_byte)
        children = node.children
        intro = children[0]
        condition = next((part for part in intro.children if part.type == "expression"), None)
        marks = [c for c in children if c.type.startswith(("template_else", "template_if_", "template_for_"))]
        if condition is None or len(marks) < 2:
            return self._unreadable(node)
        bodies = []
        for first, last in pairwise(marks):
            inner = [c for c in children if first.end_byte <= c.start_byte < last.start_byte]
            bodies.append(self._between(inner, first, last, literals))
        if node.type == "template_if":
            otherwise = bodies[1] if len(bodies) > 1 else Node("string", "", span)
            return Node("conditional", (self.expression(condition, 0), bodies[0], otherwise), span)
        names = [self.text(part) for part in intro.children if part.type == "identifier"]
        key = names[0] if len(names) > 1 else None
        if not names:
            return self._unreadable(node)
        return Node("for", (key, names[-1], self.expression(condition, 0), None, bodies[0], None, False, True), span)

    def _between(
        self, children: Sequence[tree_sitter.Node], first: tree_sitter.Node, last: tree_sitter.Node, literals: _Literals
    ) -> Node:
        start, end = first.end_byte, last.start_byte
        if _strips(first)[1]:
            while start < end and self.data[start : start + 1] in (b" ", b"\t", b"\r", b"\n"):
                start += 1
        if _strips(last)[0]:
            while end > start and self.data[end - 1 : end] in (b" ", b"\t", b"\r", b"\n"):
                end -= 1
        parts = self._parts(children, start, end, literals)
        span = self.span(start, end)
        return parts[0] if len(parts) == 1 and parts[0].tag == "string" else Node("template", tuple(parts), span)


class _Literals:
    """Reads the literal text of one template: escapes, and the indentation that its heredoc takes away."""

    def __init__(self, reader: _Reader, heredoc: bool, dropped: list[tuple[int, int]]) -> None:
        self.reader = reader
        self.escape = _HEREDOC_ESCAPE if heredoc else _ESCAPE
        self.dropped = dropped

    def add(self, parts: list[Node], start: int, end: int, strip_start: bool, strip_end: bool) -> None:
        """Append the literal text between two offsets to `parts`, unless it is empty."""
        if start >= end:
            return
        data = self.reader.data
        if self.dropped:
            kept = []
            at = start
            for first, last in self.dropped:
                if last <= at or first >= end:
                    continue
                kept.append(data[at : max(at, first)])
                at = max(at, min(last, end))
            kept.append(data[at:end])
            raw = b"".join(kept).decode(errors="replace")
        else:
            raw = data[start:end].decode(errors="replace")
        if strip_start:
            raw = raw.lstrip()
        if strip_end:
            raw = raw.rstrip()
        text = re.sub(self.escape, _unescape, raw) if "\\" in raw or "$${" in raw or "%%{" in raw else raw
        if text:
            parts.append(Node("string", text, self.reader.span(start, end)))


def _unescape(match: re.Match[str]) -> str:
    found = match.group()
    plain = _ESCAPES.get(found)
    if plain is not None:
        return plain
    code = int(found[2:], 16)
    return chr(code) if code <= 0x10FFFF else found


def _is_type(target: Node) -> bool:
    """Whether a name must follow: after a resource type, or a data source's."""
    return target.tag == "name" or (target.tag == "attr" and target.value[0].tag == "name" and target.value[0].value == "data")


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return 0


def _strips(node: tree_sitter.Node) -> tuple[bool, bool]:
    """Whether a template sequence has `~` at its start and at its end."""
    text = node.text or b""
    return text[2:3] == b"~", text.endswith(b"~}")


def _first(node: tree_sitter.Node, kind: str) -> tree_sitter.Node | None:
    stack = [node]
    while stack:
        node = stack.pop()
        if node.type == kind:
            return node
        stack.extend(reversed(node.children))
    return None
