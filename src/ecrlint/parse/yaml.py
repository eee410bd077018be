"""YAML text to nodes, on PyYAML's C parser where there is one.

The nodes have the data tags of `ecrlint.model.node`. A local tag (`!Sub`) is a node of that tag around the untagged node.
Aliases are the node that they name, merge keys are merged, and the key of a map is always a string. What stands after
a syntax error is not read: the last document then ends with an `unreadable` entry whose key is empty.

Plain scalars are typed as YAML 1.1 does for what templates mean: booleans, null, decimal numbers; dates, octal and
sexagesimal numbers are strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span
from ecrlint.parse.density import CROWDED, is_crowded
from ecrlint.parse.numbers import read_number

MAX_DEPTH = 200
"""How deep collections may nest, aliases included."""

_DEEP = f"it nests more than {MAX_DEPTH} levels deep"

MAX_NODES = 200_000
"""How many nodes a document with aliases may have once each alias is replaced by what it names."""

_PLAIN = "?"  # our tag for a scalar whose type its text decides
_STANDARD = "tag:yaml.org,2002:"
_TRUE = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}
_FALSE = {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}
_NULL = {"", "~", "null", "Null", "NULL"}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,99})\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,99}\.[0-9]{0,99}|\.[0-9]{1,99})(?:[eE][-+]?[0-9]{1,3})?\Z")
_PROPERTIES = re.compile(r"(?:[!&][^\s,\[\]{}]*(?:[ \t]*(?:#[^\n]*)?\r?\n[ \t]*|[ \t]+|(?=[,\[\]{}])))+")
_TAGS = re.compile(r"![\w:.-]+[ \t]+(?=!)")
_ANCHOR = re.compile(r"&(?<![^\s\[{,]&)[^\s&;>]")
_FORBIDDEN = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # costs some milliseconds to compile


class _TooDeep(Exception):
    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


@cache
def _loader() -> Any:
    """A loader that composes nodes and leaves the type of plain scalars to us."""
    import yaml

    class Resolver:
        depth = 0

        def descend_resolver(self, parent: Any, index: Any) -> None:
            self.depth += 1
            if self.depth > MAX_DEPTH + 1:
                raise _TooDeep(parent.start_mark.index)

        def ascend_resolver(self) -> None:
            self.depth -= 1

        def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
            return _PLAIN if kind is yaml.ScalarNode and implicit[0] else ""

    try:
        from yaml._yaml import CParser
    except ImportError:
        return _pure_loader(Resolver)

    class CLoader(Resolver, CParser):
        pass

    return CLoader


def _pure_loader(resolver: type) -> Any:
    from yaml.composer import Composer
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class Loader(resolver, Reader, Scanner, Parser, Composer):  # type: ignore[misc]
        def __init__(self, text: str) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)
            Composer.__init__(self)

    return Loader


def parse(source: Source) -> tuple[list[Node], list[Problem]]:
    """The documents of a YAML file, and a problem for what is not YAML."""
    text = source.text
    if is_crowded(text, ",[{\n"):
        return [], [Problem(CROWDED, source.path, source.span(0, 1))]
    problems: list[Problem] = []
    documents, failure = _compose(text)
    forbidden = re.search(_FORBIDDEN, text) if failure else None
    if forbidden:
        what = f'the character "{ascii(forbidden.group())[1:-1]}" is not allowed'
        problems.append(_problem(source, what, forbidden.start()))
        text = re.sub(_FORBIDDEN, " ", text)
        documents, failure = _compose(text)
    if failure is None:
        return list(_read(source, text, documents, problems)), problems
    what, index, cause = failure
    problems.append(_problem(source, what, index))
    for end in _cuts(text, cause):
        before, failed = _compose(text[:end])
        if failed is None:
            nodes = list(_read(source, text[:end], before, problems))
            return [*nodes[:-1], *(_broken_off(node, source.span(end, len(text))) for node in nodes[-1:])], problems
    return [], problems


def _problem(source: Source, what: str, index: int) -> Problem:
    length = len(source.text)
    return Problem(f"this is not valid YAML: {what}", source.path, source.span(min(index, length), min(index + 1, length)))


def _broken_off(node: Node, rest: Span) -> Node:
    """A document that was read only up to an error."""
    if node.tag != "map":
        return node
    entry = (Node("string", "", rest), Node("unreadable", None, rest))
    return Node.deferred("map", lambda: (*node.value, entry), node.span)


_Failure = tuple[str, int, int]
"""What is wrong, where it is seen, and where what is wrong begins."""


def _compose(text: str) -> tuple[list[Any], _Failure | None]:
    import yaml

    documents: list[Any] = []
    loader = None
    try:
        loader = _loader()(text)
        while loader.check_node():
            documents.append(loader.get_node())
    except _TooDeep as error:
        return documents, (_DEEP, error.index, error.index)
    except yaml.MarkedYAMLError as error:
        return documents, _failure(text, error)
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        return documents, (str(error).split("\n", 1)[0], 0, 0)
    finally:
        if loader is not None:
            loader.dispose()
    return documents, None


def _failure(text: str, error: Any) -> _Failure:
    mark = error.problem_mark or error.context_mark
    index = mark.index if mark else 0
    what = error.problem or error.context or "it cannot be read"
    if what == "exceeded maximum nesting depth":  # libyaml has had a limit of its own since PyYAML 6.0.4, above ours
        what = _DEEP
    if text[index : index + 1] == "\t":
        what = "a tab cannot indent"
    tags = _TAGS.search(text, text.rfind("\n", 0, index) + 1)
    if tags and tags.end() == index and text.startswith("!", index):
        what = f"a second tag after {tags.group().split()[0]}: write the full name of one of the functions"
    cause = index
    context = error.context or ""
    if error.context_mark and ("scalar" in context or "flow" in context):
        cause = min(index, error.context_mark.index)
    return what, index, cause


def _cuts(text: str, index: int) -> Iterator[int]:
    """Where to end a text so that what is wrong at `index` is left out: before the item of the second level that it
    stands in (a resource of a template), or before the whole key of the first level."""
    line_start = text.rfind("\n", 0, index) + 1
    parents: list[int] = []
    indent = 1 << 30
    at = line_start
    while True:
        line_end = text.find("\n", at)
        line = text[at : line_end if line_end >= 0 else None]
        words = line.lstrip(" \t")
        depth = len(line) - len(words)
        if words.strip() and not words.startswith("#") and depth < indent:
            indent = depth
            parents.append(at)
        if at == 0 or indent == 0:
            break
        at = text.rfind("\n", 0, at - 1) + 1
    yield from (start for start in parents[-2:] if start)


# Nodes


def _read(source: Source, text: str, documents: list[Any], problems: list[Problem]) -> Iterator[Node]:
    aliases = "&" in text and _ANCHOR.search(text) is not None
    for document in documents:
        if aliases:
            wrong = _expansion(document)
            if wrong is not None:
                problems.append(_problem(source, wrong[0], wrong[1].start_mark.index))
                continue
        yield _YamlReader(source, text, aliases).node(document)


class _YamlReader:
    """Makes nodes of one composed document."""

    def __init__(self, source: Source, text: str, aliases: bool) -> None:
        self.source = source
        self.text = text
        self.made: dict[int, Node] | None = {} if aliases else None

    def node(self, node: Any) -> Node:
        if self.made is None:
            return self._make(node)
        made = self.made.get(id(node))
        if made is None:
            made = self.made[id(node)] = self._make(node)
        return made

    def _make(self, node: Any) -> Node:
        start = content = node.start_mark.index
        end = self._end(node)
        if self.text[start : start + 1] in ("!", "&"):
            properties = _PROPERTIES.match(self.text, start)
            content = min(properties.end() if properties else start, end)
        tag = node.tag
        inner = self._untagged(node, Span(self.source, content, end))
        return Node(tag, inner, Span(self.source, start, end)) if tag.startswith("!") and tag != "!" else inner

    def _end(self, node: Any) -> int:
        """Where a node ends; the parser gives the start of what follows where a block has no end of its own."""
        while node.id != "scalar" and not node.flow_style and node.value:
            last = node.value[-1]
            after = last[1] if node.id == "mapping" else last
            if after.start_mark.index < node.start_mark.index:  # an alias: its end is elsewhere
                break
            node = after
        end: int = node.end_mark.index
        start = node.start_mark.index
        while end > start and self.text[end - 1] in " \t\r\n":
            end -= 1
        return end

    def _untagged(self, node: Any, span: Span) -> Node:
        kind = node.id
        if kind == "scalar":
            if node.tag == _PLAIN or node.tag in (_STANDARD + "bool", _STANDARD + "int", _STANDARD + "float", _STANDARD + "null"):
                return _plain(node.value, span)
            return Node("string", node.value, span)
        if kind == "sequence":
            return Node.deferred("list", lambda: tuple(self.node(item) for item in node.value), span)
        return Node.deferred("map", lambda: tuple(self._pairs(node)), span)

    def _pairs(self, node: Any) -> list[tuple[Node, Node]]:
        own: list[tuple[Node, Node]] = []
        merged: list[tuple[Node, Node]] = []
        for key, value in node.value:
            if key.id == "scalar" and key.value == "<<" and key.tag == _PLAIN:
                merged.extend(self._merged(value))
            else:
                own.append((self._key(key), self.node(value)))
        if not merged:
            return own
        names = {key.value for key, _ in own}
        kept: dict[str, tuple[Node, Node]] = {}
        for key, item in merged:
            if key.value not in names:
                kept.setdefault(key.value, (key, item))
        return [*kept.values(), *own]

    def _merged(self, node: Any) -> Iterator[tuple[Node, Node]]:
        if node.id == "mapping":
            yield from self._pairs(node)
        elif node.id == "sequence":
            for item in node.value:
                if item.id == "mapping":
                    yield from self._pairs(item)

    def _key(self, node: Any) -> Node:
        span = Span(self.source, node.start_mark.index, self._end(node))
        return Node("string", node.value if node.id == "scalar" else span.text, span)


def _plain(text: str, span: Span) -> Node:
    if text in _TRUE:
        return Node("bool", True, span)
    if text in _FALSE:
        return Node("bool", False, span)
    if text in _NULL:
        return Node("null", None, span)
    if text[0] in "-+.0123456789":
        number = read_number(text) if _INTEGER.match(text) or _FLOAT.match(text) else None
        if number is not None:  # one that nobody counts with stays the text that it is
            return Node("number", number, span)
    return Node("string", text, span)


def _expansion(root: Any) -> tuple[str, Any] | None:
    """What forbids to replace the aliases of a document by what they name, and the node where."""
    sizes: dict[int, tuple[int, int]] = {}
    open_nodes: set[int] = set()
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        name = id(node)
        if name in sizes:
            continue
        children = _children(node)
        if not done:
            if name in open_nodes:
                return "an alias names what it stands in", node
            open_nodes.add(name)
            stack.append((node, True))
            stack.extend((child, False) for child in children)
            continue
        open_nodes.discard(name)
        size = 1 + sum(sizes[id(child)][0] for child in children)
        depth = 1 + max((sizes[id(child)][1] for child in children), default=0)
        if size > MAX_NODES:
            return f"its aliases expand to more than {MAX_NODES} nodes", node
        if depth > MAX_DEPTH + 1:
            return _DEEP, node
        sizes[name] = (size, depth)
    return None


def _children(node: Any) -> list[Any]:
    if node.id == "scalar":
        return []
    if node.id == "sequence":
        return list(node.value)
    return [part for pair in node.value for part in pair]
