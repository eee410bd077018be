"""Shell scripts to nodes, on tree-sitter-bash: what runs in which order and under what condition, and the words of it.

A `script` is a tuple of statements. Statements: `command`: (assignments, words, redirections). `pipeline`: a tuple of
statements. `and`, `or`: (left, right). `not`, `background`: a statement. `if`: a tuple of (condition or None, body).
`for`: (name, words or None, body). `while`: (condition, body). `case`: (word, bodies). `function`: (name, body).
`test`: a word with what `[[ ]]` or `(( ))` runs.
`subshell`, `group`: a script. `redirected`: (statement, redirections). `unreadable`: why what stands here is not read.

`assignment`: (name, whether it appends, word or None). `redirection`: (operator, descriptor or "", word); that of a
here-document or here-string is `<<`.

A `word` is a tuple of parts, in each of which the last of the value is whether it is quoted: `text` (string, quoted), `hole`
(number of the template's hole, quoted), `variable` (name, operator, parts after it, quoted), `substitution` and `process`
(script, quoted), `opaque` (raw text, quoted) for what the shell computes in other ways; `array`: a tuple of words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from ecrlint.model.node import Node
from ecrlint.model.source import Locate, Span
from ecrlint.parse.shell.lexer import Lexed
from ecrlint.parse.shell.words import Words

if TYPE_CHECKING:
    import tree_sitter

MAX_LENGTH = 100_000
"""How many characters a script may have; a longer one is not read."""

MAX_TOTAL = 400_000
"""How many characters a script and all that is nested in it may have, each counted as often as it is parsed."""

MAX_TANGLE = 1_500
"""How many pipes, redirections or brackets a script may have: with more of them the grammar takes quadratic time."""

MAX_SECONDS = 2.0
"""How long the grammar may take, whatever it is that it finds hard."""

MAX_DEPTH = 60
"""How deep statements may nest; what is deeper is `unreadable`."""

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\[[^\]]*\])?(\+?)=", re.ASCII)
_STATEMENTS = {
    *("command", "list", "pipeline", "redirected_statement", "if_statement", "while_statement", "for_statement"),
    *("c_style_for_statement", "case_statement", "function_definition", "subshell", "compound_statement", "negated_command"),
    *("variable_assignment", "variable_assignments", "declaration_command", "unset_command", "test_command", "ERROR"),
}
_WORDS = {
    *("command_name", "word", "number", "concatenation", "string", "raw_string", "variable_name", "variable_assignment"),
    *("extglob_pattern", "test_operator", "brace_expression", "regex", "special_variable_name"),
}


@cache
def _parser() -> tree_sitter.Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def parse(text: str, locate: Locate) -> Node:
    """The script that a text is, with its places; characters from `FIRST_HOLE` on are holes of a template.

    What is nested in its words is parsed when it is asked for.
    """
    return _parse(text, locate, 0, [MAX_TOTAL])


def _parse(text: str, locate: Locate, depth: int, left: list[int]) -> Node:
    """The same at a depth of nesting; `left` holds how many characters may still be parsed."""
    span = locate(0, len(text))
    left[0] -= len(text)
    if len(text) > MAX_LENGTH or left[0] < 0:
        return _unread("it is too long", span)
    lexed, tree = _syntax(text)
    if isinstance(tree, str):
        return _unread(tree, span)

    def nested(inner: str, place: Locate, below: int) -> Node:
        return _parse(inner, place, below, left)

    return Node("script", _Reader(lexed, locate, nested, depth).script(tree.root_node, 0), span)


@lru_cache(maxsize=128)
def _syntax(text: str) -> tuple[Lexed, tree_sitter.Tree | str]:
    """A text without its places, as pipelines run one script many times: masked, with its syntax tree or why it has none."""
    lexed = Lexed(text)
    if max(map(lexed.skeleton.count, "|<>()")) > MAX_TANGLE:
        return lexed, "it is too tangled"
    return lexed, _tree(lexed.skeleton.encode("ascii", errors="replace")) or "it takes too long to read"


def _unread(why: str, span: Span) -> Node:
    return Node("script", (Node("unreadable", why, span),), span)


def _tree(data: bytes) -> tree_sitter.Tree | None:
    """The syntax tree of a skeleton; None where it takes too long to make."""
    from time import monotonic

    parser = _parser()
    end = monotonic() + MAX_SECONDS
    try:
        return parser.parse(lambda at, _: data[at : at + 65_536], progress_callback=lambda *_: monotonic() > end)
    except ValueError:
        parser.reset()
        return None


class _Reader:
    """Makes nodes of the syntax tree of one skeleton, whose bytes are the characters of the text."""

    def __init__(self, lexed: Lexed, locate: Locate, script: Callable[[str, Locate, int], Node], depth: int) -> None:
        self.lexed = lexed
        self.locate = locate
        self.words = Words(lexed, locate, script, depth)

    def script(self, node: tree_sitter.Node, depth: int) -> tuple[Node, ...]:
        statements = list(self.statements(node.children, depth))
        if self.lexed.broken is not None and not depth:
            at = self.locate(self.lexed.broken, len(self.lexed.text))
            statements.append(Node("unreadable", "a quote or a bracket is never closed", at))
        return tuple(statements)

    def statements(self, children: list[tree_sitter.Node], depth: int) -> Iterator[Node]:
        """The statements among the children of a node; one before `&` runs in the background."""
        last: Node | None = None
        for child in children:
            if child.type == "&":
                if last is not None:
                    yield Node("background", last, last.span)
                last = None
            elif child.type in _STATEMENTS:
                if last is not None:
                    yield last
                last = self.statement(child, depth)
            elif child.is_missing:
                if last is not None:
                    yield last
                last = Node("unreadable", "it is not shell", self._span(child))
        if last is not None:
            yield last

    def statement(self, node: tree_sitter.Node, depth: int) -> Node:
        span = self._span(node)
        if depth > MAX_DEPTH:
            return Node("unreadable", "it is nested too deep", span)
        kind, children = node.type, node.children
        match kind:
            case "command" | "declaration_command" | "unset_command" | "test_command":
                return self.command(node, children, [])
            case "variable_assignment" | "variable_assignments":
                return self.command(node, children if kind.endswith("s") else [node], [])
            case "list" | "pipeline":
                return self._joined(node, depth)
            case "redirected_statement":
                return self._redirected(node, depth)
            case "negated_command":
                return Node("not", next(self.statements(children, depth + 1), Node("command", ((), (), ()), span)), span)
            case "if_statement":
                return Node("if", tuple(self._branches(node, depth + 1)), span)
            case "while_statement" | "for_statement" | "c_style_for_statement":
                return self._loop(node, depth + 1)
            case "case_statement":
                return self._case(node, depth + 1)
            case "function_definition":
                return self._function(node, depth + 1)
            case "subshell" | "compound_statement":
                tag = "subshell" if kind == "subshell" else "group"
                return Node(tag, self._part(children, depth + 1, span), span)
            case _:
                return Node("unreadable", "it is not shell", span)

    def command(self, node: tree_sitter.Node, children: list[tree_sitter.Node], redirections: list[Node]) -> Node:
        """A command of these children; words that touch are one word."""
        stretches: list[list[int]] = []
        own: list[Node] = list(redirections)
        for child in children:
            if child.type.endswith("_redirect"):
                redirection, more = self._redirection(child)
                own.append(redirection)
                stretches.extend(more)
            elif child.type in _WORDS or (not stretches and child.end_byte > child.start_byte):
                start, end = child.start_byte, child.end_byte
                if stretches and stretches[-1][1] == start:
                    stretches[-1][1] = end
                else:
                    stretches.append([start, end])
        return self._command(node, stretches, own)

    def _command(self, node: tree_sitter.Node, stretches: list[list[int]], redirections: list[Node]) -> Node:
        assignments: list[Node] = []
        stretches = sorted(stretches)
        while stretches and (found := _ASSIGNMENT.match(self.lexed.text, *stretches[0])):
            start, end = stretches.pop(0)
            assignments.append(self._assignment(found, start, end))
        words = tuple(self.words.word(start, end) for start, end in stretches)
        if words and not assignments and words[0].value and words[0].value[0].tag == "test":
            return Node("test", words[0], self._span(node))
        return Node("command", (tuple(assignments), words, tuple(redirections)), self._span(node))

    def _assignment(self, found: re.Match[str], start: int, end: int) -> Node:
        word = self.words.word(found.end(), end)
        if found.group(2):
            word = Node("word", (Node("opaque", (self.lexed.text[start:end], True), word.span),), word.span)
        elif len(word.value) == 1 and word.value[0].tag == "array":
            word = word.value[0]
        return Node("assignment", (found.group(1), bool(found.group(3)), word), self.locate(start, end))

    # Lists, pipelines, redirections

    def _joined(self, node: tree_sitter.Node, depth: int) -> Node:
        """A list or pipeline, which the grammar nests to the left, without recursion over its length."""
        rest: list[tuple[str, tree_sitter.Node]] = []
        kind = node.type
        while node.type == kind:
            parts = node.children
            if kind == "pipeline" or len(parts) != 3:
                break
            rest.append((parts[1].type, parts[2]))
            node = parts[0]
        if kind == "pipeline":
            parts = [child for child in node.children if child.type not in ("|", "|&")]
            statements = tuple(self.statement(part, depth + 1) for part in parts)
            return Node("pipeline", statements, self._span(node))
        if not rest:
            return Node("unreadable", "it is not shell", self._span(node))
        left = self.statement(node, depth + 1)
        for operator, right in reversed(rest):
            span = self.locate(node.start_byte, right.end_byte)
            left = Node("or" if operator == "||" else "and", (left, self.statement(right, depth + 1)), span)
        return left

    def _redirected(self, node: tree_sitter.Node, depth: int) -> Node:
        redirections: list[Node] = []
        stretches: list[list[int]] = []
        for child in node.children:
            if child.type.endswith("_redirect"):
                redirection, more = self._redirection(child)
                redirections.append(redirection)
                stretches.extend(more)
        body = node.child_by_field_name("body")
        if body is None:
            return self._command(node, stretches, redirections)
        return self._applied(body, redirections, stretches, depth + 1)

    def _applied(self, node: tree_sitter.Node, redirections: list[Node], stretches: list[list[int]], depth: int) -> Node:
        """A statement whose last command has these redirections, which the grammar gives to the whole."""
        if depth > MAX_DEPTH:
            return Node("unreadable", "it is nested too deep", self._span(node))
        if node.type in ("list", "pipeline") and len(node.children) > 2:
            joined = self._joined(node, depth)
            last = self._applied(node.children[-1], redirections, stretches, depth + 1)
            if joined.tag == "pipeline":
                return Node("pipeline", (*joined.value[:-1], last), joined.span)
            if joined.tag in ("and", "or"):
                return Node(joined.tag, (joined.value[0], last), joined.span)
            return joined
        if node.type in ("command", "declaration_command", "test_command"):
            plain = self.command(node, node.children, redirections)
            if not stretches:
                return plain
            assignments, words, own = plain.value
            more = [self.words.word(start, end) for start, end in sorted(stretches)]
            return Node("command", (assignments, (*words, *more), own), plain.span)
        return Node("redirected", (self.statement(node, depth), tuple(redirections)), self._span(node))

    def _redirection(self, node: tree_sitter.Node) -> tuple[Node, list[list[int]]]:
        """A redirection, and the words that the grammar takes for more of its targets."""
        descriptor, operator = "", ""
        targets: list[list[int]] = []
        start = node.start_byte
        for child in node.children:
            if child.type == "file_descriptor":
                descriptor = self.lexed.text[child.start_byte : child.end_byte]
            elif not operator and child.type not in _WORDS:
                operator, start = child.type, child.start_byte
            elif targets and targets[-1][1] == child.start_byte:
                targets[-1][1] = child.end_byte
            else:
                targets.append([child.start_byte, child.end_byte])
        heredoc = self.lexed.heredocs.get(start)
        if heredoc is not None and not heredoc.is_word:
            word = self.words.body(heredoc.start, heredoc.end, heredoc.expands, heredoc.strips_tabs)
        else:
            word = self.words.word(*targets[0]) if targets else Node("word", (), self._span(node))
        return Node("redirection", (operator if heredoc is None else "<<", descriptor, word), self._span(node)), targets[1:]

    # Compound statements

    def _part(self, children: list[tree_sitter.Node], depth: int, span: Span) -> tuple[Node, ...]:
        if depth > MAX_DEPTH:
            return (Node("unreadable", "it is nested too deep", span),)
        return tuple(self.statements(children, depth))

    def _branches(self, node: tree_sitter.Node, depth: int) -> Iterator[tuple[Node | None, Node]]:
        span = self._span(node)
        condition: list[tree_sitter.Node] = []
        body: list[tree_sitter.Node] = []
        after = False
        for child in node.children:
            if child.type == "then":
                after = True
            elif child.type not in ("if", "elif", "else", "fi", "elif_clause", "else_clause"):
                (body if after else condition).append(child)
        if node.type == "else_clause":
            yield None, Node("script", self._part(condition, depth, span), span)
            return
        head = span if not condition else self.locate(condition[0].start_byte, condition[-1].start_byte)
        yield Node("script", self._part(condition, depth, span), head), Node("script", self._part(body, depth, span), span)
        for child in node.children:
            if child.type in ("elif_clause", "else_clause"):
                yield from self._branches(child, depth)

    def _loop(self, node: tree_sitter.Node, depth: int) -> Node:
        span = self._span(node)
        body = node.child_by_field_name("body")
        inside = Node("script", () if body is None else self._part(body.children, depth, span), span)
        if node.type == "while_statement":
            head = [child for child in node.children if body is None or child.end_byte <= body.start_byte]
            return Node("while", (Node("script", self._part(head, depth, span), span), inside), span)
        name = node.child_by_field_name("variable")
        values = self._merged(node.children_by_field_name("value"))
        listed = any(child.type == "in" for child in node.children)
        words = tuple(self.words.word(start, end) for start, end in values) if listed else None
        return Node("for", ("" if name is None else self._raw(name), words, inside), span)

    def _merged(self, nodes: list[tree_sitter.Node]) -> list[list[int]]:
        stretches: list[list[int]] = []
        for node in nodes:
            if stretches and stretches[-1][1] == node.start_byte:
                stretches[-1][1] = node.end_byte
            else:
                stretches.append([node.start_byte, node.end_byte])
        return stretches

    def _case(self, node: tree_sitter.Node, depth: int) -> Node:
        span = self._span(node)
        value = node.child_by_field_name("value")
        word = Node("word", (), span) if value is None else self.words.word(value.start_byte, value.end_byte)
        bodies = tuple(
            Node("script", self._part(_after_pattern(item.children), depth, span), self._span(item))
            for item in node.children
            if item.type == "case_item"
        )
        return Node("case", (word, bodies), span)

    def _function(self, node: tree_sitter.Node, depth: int) -> Node:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        span = self._span(node)
        inside = Node("script", () if body is None else (self.statement(body, depth),), span)
        return Node("function", ("" if name is None else self._raw(name), inside), span)

    def _raw(self, node: tree_sitter.Node) -> str:
        return self.lexed.text[node.start_byte : node.end_byte]

    def _span(self, node: tree_sitter.Node) -> Span:
        return self.locate(node.start_byte, node.end_byte)


def _after_pattern(children: list[tree_sitter.Node]) -> list[tree_sitter.Node]:
    close = next((at for at, child in enumerate(children) if child.type == ")"), 0)
    return children[close + 1 :]
