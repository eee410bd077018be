"""Runs a script without running anything: each command in its order, with what is known of its words and of when it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count, islice

from ecrlint.evaluate.budget import COMMAND, DEEP, Budget, Exceeded
from ecrlint.evaluate.script import builtins, files, output, wrappers
from ecrlint.evaluate.script.expansion import Expansion
from ecrlint.evaluate.script.journal import Journal
from ecrlint.evaluate.script.options import text_of
from ecrlint.evaluate.script.programs import SHELLS, WRAPPERS
from ecrlint.evaluate.script.script_text import compose
from ecrlint.evaluate.script.shell_state import ShellState, joined
from ecrlint.evaluate.script.simple_command import SimpleCommand, Target
from ecrlint.evaluate.script.syntax import assigned, leaves, literal
from ecrlint.model.dataclass import replace
from ecrlint.model.node import Node
from ecrlint.model.script import (
    Command,
    Guard,
    Reason,
    Run,
    Script,
    Surroundings,
    Word,
    Write,
)
from ecrlint.model.source import Locate, Span
from ecrlint.model.value import List, Scalar, Text, Value, string
from ecrlint.parse.shell import parse

_MAX_COMMANDS = 3_000
"""How many commands are followed, those of loops and functions counted each time; the rest of a script is not known."""

_MAX_DEPTH = 40
_MAX_CALLS = 6
_MAX_ROUNDS = 12
_MAX_UNITS = 20
_SHEBANG = re.compile(r"#![^\n]*\b(?:ba|da|k|z)?sh\b([^\n]*)")
_UNIT_LINE = re.compile(r"(?m)^[ \t]*Exec(?:Start|StartPre|StartPost|Stop|Reload)=[-@:+!]*((?:[^\n\\]|\\\n?)*)")
_AWS_CLI_IMAGE = re.compile(r"(?:^|/)aws-cli(?:[:@]|$)")
_CHECKS = {
    *("[", "[[", "test", "grep", "egrep", "which", "type", "command", "ps", "pgrep"),
    *("diff", "cmp", "true", "false", "expr", "id", "getent"),
}


class Interpreter:
    """Follows one script and gathers what it does."""

    def __init__(self, surroundings: Surroundings, span: Span, budget: Budget) -> None:
        self.span = span
        self.budget = budget
        self.names = count(1)
        self.journal = Journal(surroundings, self._contained, self._written)
        self.called: set[str] = set()
        self.depth = self.calls = self.followed = 0

    def follow(self, values: Sequence[Value]) -> Script:
        """What scripts do that run one after another in the same shell."""
        state = ShellState(self.journal.surroundings, self.names)
        try:
            for value in values:
                self._follow(value, state)
            self._uncalled(state)
        except Exceeded as exceeded:
            self.budget.cut_off("the rest of the script", exceeded, self.span)
            self.opens("hole", self.span, state)
        return self.journal.script(self.span, state)

    def _follow(self, value: Value, state: ShellState) -> None:
        composed = compose(value)
        if composed is None:
            self.opens("hole", value.span, state)
            return
        shebang = _SHEBANG.match(composed.text)
        if shebang:
            builtins.apply_set(shebang.group(1).split(), state)
        script = self._parsed(composed.text, composed.locate)
        self.statements(script.value, state, Expansion(self.substitute, composed.holes))

    def _parsed(self, text: str, locate: Locate) -> Node:
        self.budget.write(len(text))
        self.budget.step(len(text) >> 1)
        return parse(text, locate)

    def _uncalled(self, state: ShellState) -> None:
        """Follow the functions that nothing calls: something that is not here may."""
        for name, (body, holes) in list(state.functions.items()):
            if name not in self.called:
                inside = state.guarded(Guard("function", body.span))
                inside.ended = ""
                inside.forget(body.span)
                self.statements(body.value, inside, Expansion(self.substitute, holes))

    def _step(self) -> None:
        self.budget.step(COMMAND)
        self.followed += 1
        if self.followed > _MAX_COMMANDS:
            raise Exceeded(f"it has more than {_MAX_COMMANDS} commands to follow")

    def opens(self, reason: Reason, span: Span, state: ShellState) -> None:
        """From here on anything may happen."""
        guard = Guard(reason, span)
        self.journal.open.append(guard)
        state.guards = (*state.guards, guard)
        state.forget(span)

    # Statements

    def statements(self, nodes: Sequence[Node], state: ShellState, expansion: Expansion) -> None:
        for node in nodes:
            if state.ended and node.tag != "function":
                continue
            self.statement(node, state, expansion)

    def statement(self, node: Node, state: ShellState, expansion: Expansion) -> None:
        self.budget.step(1 + (len(state.variables) >> 4))  # each branch has variables of its own
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self.depth -= 1
            self.budget.refuse(DEEP, node.span)
            self.opens("hole", node.span, state)
            return
        match node.tag:
            case "command":
                self.command(node, state, expansion)
            case "test":
                expansion.text(node.value, state)
            case "pipeline":
                self.pipeline(node, state, expansion)
            case "and" | "or":
                self.either(node, state, expansion)
            case "not":
                self.caught(node.value, state, expansion)
            case "background":
                self.statement(node.value, state.guarded(Guard("background", node.span)), expansion)
            case "if":
                self.branches(node, state, expansion)
            case "for":
                self.rounds(node, state, expansion)
            case "while":
                self.loop(node, state, expansion)
            case "case":
                self.cases(node, state, expansion)
            case "function":
                state.functions[node.value[0]] = (node.value[1], expansion.holes)
            case "group":
                self.statements(node.value, state, expansion)
            case "subshell":
                inside = state.copy()
                self.statements(node.value, inside, expansion)
                self.leaves(inside, state)
            case "redirected":
                self.redirected(node, state, expansion)
            case _:
                self.opens("hole", node.span, state)
        self.depth -= 1

    def leaves(self, inside: ShellState, state: ShellState) -> None:
        """What of a subshell its shell is left with: not its variables, but what nobody can know of it."""
        extra = [guard for guard in inside.guards if guard.reason == "hole" and guard not in state.guards]
        state.guards = (*state.guards, *extra)

    def caught(self, node: Node, state: ShellState, expansion: Expansion) -> None:
        """A statement whose failure is what is asked for."""
        before, state.failure = state.failure, "caught"
        self.statement(node, state, expansion)
        state.failure = before

    def pipeline(self, node: Node, state: ShellState, expansion: Expansion) -> None:
        stdin = state.stdin
        last = len(node.value) - 1
        for at, part in enumerate(node.value):
            inside = state.copy()
            inside.stdin = stdin
            if at != last and not state.pipefail and not state.failure:
                inside.failure = "continues"
            if at != last:
                inside.target = None
            begins = len(self.journal.commands)
            self.statement(part, inside, expansion)
            self.leaves(inside, state)
            stdin = tuple(self.journal.commands[begins:][-20:])

    def either(self, node: Node, state: ShellState, expansion: Expansion) -> None:
        """`A && B` and `A || B`."""
        left, right = node.value
        before = state.failure
        state.failure = "caught" if node.tag == "or" else before or "continues"
        begins = len(self.journal.commands)
        self.statement(left, state, expansion)
        state.failure = before
        if state.ended:
            return
        reason = _reason(node.tag, left, self.journal.commands[begins:])
        other = state.guarded(Guard(reason, left.span))
        self.statement(right, other, expansion)
        if reason == "success" and not other.ended:
            state.become(other)
        else:
            state.join([state.copy(), other], "", node.span)

    def branches(self, node: Node, state: ShellState, expansion: Expansion) -> None:
        ends: list[ShellState] = []
        complete = False
        for condition, body in node.value:
            if condition is None:
                complete = True
            else:
                for statement in condition.value:
                    self.caught(statement, state, expansion)
            inside = state.guarded(Guard("branch", node.span))
            self.statements(body.value, inside, expansion)
            ends.append(inside)
        if not complete:
            ends.append(state.copy())
        only = _condition(node) if len(ends) == 2 else ""
        state.join(ends, only, node.span)

    def cases(self, node: Node, state: ShellState, expansion: Expansion) -> None:
        word, bodies = node.value
        expansion.text(word, state)
        ends = [state.copy()]
        for body in bodies:
            inside = state.guarded(Guard("branch", node.span))
            self.statements(body.value, inside, expansion)
            ends.append(inside)
        state.join(ends, "", node.span)

    # Loops

    def rounds(self, node: Node, state: ShellState, expansion: Expansion) -> None:
        """A loop over words: round by round where these are known."""
        name, words, body = node.value
        values = expansion.words(words, state) if words is not None else ()
        known = words is not None and len(values) <= _MAX_ROUNDS and not any(word.splits for word in values)
        known = known and all(not re.search(r"[*?\[{]", string(word.value) or "") for word in values)
        if not known or leaves(body):
            self._some_rounds(node, body, state, expansion, name)
            return
        for word in values:
            state.assign(name, word.value)
            self.statements(body.value, state, expansion)
            if state.ended:
                return

    def loop(self, node: Node, state: ShellState, expansion: Expansion) -> None:
        condition, body = node.value
        self._unsettle(body, state)
        for statement in condition.value:
            self.caught(statement, state, expansion)
        self._some_rounds(node, body, state, expansion, "")

    def _some_rounds(self, node: Node, body: Node, state: ShellState, expansion: Expansion, name: str) -> None:
        self._unsettle(body, state)
        inside = state.guarded(Guard("loop", node.span))
        if files.moves(body):
            state.folder = inside.folder = None
        if name:
            inside.assign(name, inside.fresh(name, node.span))
        self.statements(body.value, inside, expansion)
        if inside.ended == "loop":
            inside.ended = ""
        inside.guards = tuple(guard for guard in inside.guards if guard.reason != "break" or guard in state.guards)
        state.join([state.copy(), inside], "", node.span)

    def _unsettle(self, body: Node, state: ShellState) -> None:
        """What a loop assigns has another value in each round."""
        for name in assigned(body, state.functions):
            if name in state.variables or name in state.surroundings.variables:
                state.variables[name] = state.fresh(name, body.span)

    # Redirections

    def redirected(self, node: Node, state: ShellState, expansion: Expansion) -> None:
        """A compound statement whose input or output is redirected."""
        statement, redirections = node.value
        before = state.stdin, state.target
        stdin, target = self._redirections(redirections, state, expansion)
        state.stdin = stdin if stdin is not None else state.stdin
        state.target = target or state.target
        self.statement(statement, state, expansion)
        state.stdin, state.target = before

    def _redirections(self, nodes: Sequence[Node], state: ShellState, expansion: Expansion) -> tuple[Value | None, Target | None]:
        """What redirections make the input, and the file that gets the output: its word, its path, whether it grows."""
        stdin: Value | None = None
        target: Target | None = None
        for node in nodes:
            operator, descriptor, word = node.value
            value = expansion.text(word, state)
            if operator == "<<":
                stdin = value
            elif operator.startswith("<"):
                stdin = state.fresh("file", node.span)
            elif operator in (">", ">>", "&>", "&>>", ">|") and descriptor in ("", "1"):
                target = Target(word, value, ">>" in operator)
        return stdin, target

    # Commands

    def command(self, node: Node, state: ShellState, expansion: Expansion) -> None:
        assignments, nodes, redirections = node.value
        self._step()
        if len(nodes) == 1 and not assignments and nodes[0].value and all(_is_hole(part) for part in nodes[0].value):
            self.opens("hole", node.span, state)
            return
        own = {name: self._assigned(name, appends, word, state, expansion) for name, appends, word in _of(assignments)}
        words = self._words(nodes, state, expansion)
        stdin, target = self._redirections(redirections, state, expansion)
        if not words:
            for name, value in own.items():
                state.assign(name, value)
                self.journal.assigned(name, value, state, node.span)
            return
        call = SimpleCommand(words, own, state.stdin if stdin is None else stdin, target or state.target, node.span)
        self.started(call, state)

    def _words(self, nodes: Sequence[Node], state: ShellState, expansion: Expansion) -> tuple[Word, ...]:
        """The words of a command; the assignments that a declaration is given are not split."""
        if not nodes or literal(nodes[0]) not in builtins.DECLARES:
            return expansion.words(tuple(nodes), state)
        words: list[Word] = []
        for node in nodes:
            if re.match(r"\w+\+?=", literal(node)):
                words.append(Word(expansion.text(node, state), node.span))
            else:
                words.extend(expansion.words((node,), state))
        return tuple(words)

    def _assigned(self, name: str, appends: bool, word: Node, state: ShellState, expansion: Expansion) -> Value | None:
        value = expansion.text(word, state)
        if not appends:
            return value
        before = state.lookup(name, word.span)
        if isinstance(before, List) or isinstance(value, List):
            items = (before if isinstance(before, List) else List((), word.span, False), value)
            if all(isinstance(item, List) for item in items):
                return List(tuple(item for part in items if isinstance(part, List) for item in part.items), word.span)
            return state.fresh(name, word.span)
        return value if before is None else joined([before, value], word.span)

    def started(self, call: SimpleCommand, state: ShellState) -> None:
        """A command whose words are known as far as they can be."""
        if builtins.run(self, call, state):
            return
        program = text_of(call.words[0])
        name = program.rpartition("/")[2] if program else None
        if name is not None and name in WRAPPERS:
            unwrapped = wrappers.unwrap(call, state, name)
            if unwrapped is None:
                self.journal.record(call, state)
            elif unwrapped[0].words:
                self.started(*unwrapped)
                self.leaves(unwrapped[1], state)
            if name == "exec" and unwrapped is not None and unwrapped[0].words:
                state.ended = "well"
            return
        if program is not None and program in state.functions:
            self._function(program, call, state)
            return
        if name in SHELLS:
            self._shell(name, call, state)
            return
        if not self._called_file(call.words, call, state):
            self.journal.record(call, state)

    def _contained(self, run: Run, words: tuple[Word, ...]) -> Run:
        """A container with what is known to run in it; `words` are its image and those that it is started with."""
        image, rest = string(words[0].value) or "", words[1:]
        span = run.command.span
        if _AWS_CLI_IMAGE.search(image) and not (rest and text_of(rest[0]) in ("aws", "sh", "bash")):
            rest = (Word(Scalar("aws", span), span), *rest)
        if not rest or self.calls >= _MAX_CALLS:
            return run
        inner = Interpreter(Surroundings(name=f"{self.journal.surroundings.name}/container"), span, self.budget)
        inner.calls = self.calls + 1
        inner.started(SimpleCommand(rest, {}, None, None, span), ShellState(inner.journal.surroundings, inner.names))
        return replace(run, inside=tuple(inner.journal.commands), acts=tuple(inner.journal.acts))

    def _written(self, write: Write, state: ShellState) -> None:
        """What a file runs that a script writes: a script, or a unit of systemd. It runs later, and may never."""
        composed = compose(write.text) if isinstance(write.text, (Scalar, Text)) else None
        if composed is None or self.calls >= _MAX_CALLS:
            return
        inside = state.guarded(Guard("later", write.command.span))
        inside.forget(write.command.span)
        inside.target = inside.stdin = None
        inside.ended = ""
        begins = len(self.journal.open)
        self.calls += 1
        for line in _run_lines(composed.text):
            script = self._parsed(line, composed.locate)
            self.statements(script.value, inside, Expansion(self.substitute, composed.holes))
        self.calls -= 1
        del self.journal.open[begins:]

    # Nested scripts

    def _function(self, name: str, call: SimpleCommand, state: ShellState) -> None:
        body, holes = state.functions[name]
        self.called.add(name)
        if self.calls >= _MAX_CALLS:
            self.opens("hole", call.span, state)
            return
        self.calls += 1
        before = state.arguments, state.stdin, state.target
        guards = state.guards
        state.arguments = (
            tuple(word.value for word in call.words[1:]) if not any(word.splits for word in call.words[1:]) else None
        )
        state.stdin, state.target = call.stdin, call.target
        self.statements(body.value, state, Expansion(self.substitute, holes))
        state.arguments, state.stdin, state.target = before
        state.guards = (*guards, *(guard for guard in state.guards if guard not in guards and guard.reason in ("exit", "hole")))
        if state.ended == "function":
            state.ended = ""
        self.calls -= 1

    def _shell(self, name: str, call: SimpleCommand, state: ShellState) -> None:
        """A shell that is given a script as a word, by its path or to read."""
        nested = wrappers.shell(name, call, state)
        if nested is None:
            given = wrappers.script_words(name, call)
            if not given or not self._called_file(given, call, state, by_shell=True):
                self.journal.record(call, state)
            return
        text, inside, arguments = nested
        inside.arguments = arguments
        self.evaluated(text, inside, call.span)
        self.leaves(inside, state)

    def _called_file(self, words: Sequence[Word], call: SimpleCommand, state: ShellState, by_shell: bool = False) -> bool:
        """Follow a script of the repository that is called by its path; whether there is one."""
        text = files.text_at(words[0].value, state, by_shell)
        if text is None or self.calls >= _MAX_CALLS:
            return False
        inside = wrappers.child(call, state)
        known = not any(word.splits for word in words[1:])
        inside.arguments = tuple(word.value for word in words[1:]) if known else None
        inside.stdin = call.stdin
        self.evaluated(text, inside, call.span)
        self.leaves(inside, state)
        return True

    def sourced(self, path: Value, call: SimpleCommand, state: ShellState) -> bool:
        """Follow a script of the repository that the same shell reads; whether there is one."""
        text = files.text_at(path, state, by_shell=True)
        if text is None or self.calls >= _MAX_CALLS:
            return False
        self.evaluated(text, state, call.span)
        if state.ended == "function":
            state.ended = ""
        return True

    def evaluated(self, text: Value, state: ShellState, span: Span) -> None:
        """A text that is run as a script."""
        composed = compose(text)
        if composed is None or self.calls >= _MAX_CALLS:
            self.opens("hole", span, state)
            return
        self.calls += 1
        shebang = _SHEBANG.match(composed.text)
        if shebang:
            builtins.apply_set(shebang.group(1).split(), state)
        script = self._parsed(composed.text, composed.locate)
        self.statements(script.value, state, Expansion(self.substitute, composed.holes))
        self.calls -= 1

    def substitute(self, script: Node, state: ShellState, holes: tuple[Value, ...]) -> Value:
        """What the commands of a substitution write; they run."""
        self._step()
        if self.calls >= _MAX_CALLS * 2:
            return state.fresh("$()", script.span)
        self.calls += 1
        inside = state.copy()
        inside.target = None
        inside.stdin = None
        begins = len(self.journal.commands)
        self.statements(script.value, inside, Expansion(self.substitute, holes))
        self.leaves(inside, state)
        self.calls -= 1
        ran = tuple(self.journal.commands[begins:])
        shown = output.value(self.journal, ran, script, inside)
        if shown is not None:
            return shown
        value = state.fresh("$()", script.span)
        self.journal.tokens.written[value.attribute] = ran[-8:]
        return value


def _run_lines(text: str) -> Iterator[str]:
    """The scripts in the text of a file, each behind blanks so that its places are those of the text."""
    if _SHEBANG.match(text):
        yield text
        return
    for match in islice(_UNIT_LINE.finditer(text), _MAX_UNITS):
        yield " " * match.start(1) + match.group(1)


def _reason(tag: str, left: Node, ran: list[Command]) -> Reason:
    """What it means for a command to stand after `&&` or `||`: a test decides, or the work before it has to succeed."""
    if tag == "or":
        return "failure"
    if left.tag in ("or", "not", "test") or any(map(_is_check, ran)):
        return "branch"
    return "success" if ran or left.tag in ("command", "and") else "branch"


def _of(assignments: Sequence[Node]) -> Iterator[tuple[str, bool, Node]]:
    for node in assignments:
        yield node.value


def _is_hole(part: Node) -> bool:
    return part.tag in ("hole", "opaque") and not part.value[-1] and (part.tag == "hole" or part.value[0].startswith("${{"))


def _is_check(command: Command) -> bool:
    program = command.program
    if program is None or program in _CHECKS:
        return True
    verbs = {text_of(word) for word in command.words[1:4]}
    return bool(verbs & {"info", "inspect", "ps", "images", "--version", "-v", "version", "is-active", "status", "--quiet"})


def _condition(node: Node) -> str:
    condition = node.value[0][0]
    return f"{' '.join(condition.span.text.split())[:80]} in line {node.span.line}"
