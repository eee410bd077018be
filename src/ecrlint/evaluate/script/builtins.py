"""The commands of the shell itself, which change what it knows or where it goes on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ecrlint.evaluate.script import files
from ecrlint.evaluate.script.options import text_of
from ecrlint.evaluate.script.shell_state import ShellState, joined
from ecrlint.evaluate.script.simple_command import SimpleCommand
from ecrlint.model.script import Guard, Invoke, Word
from ecrlint.model.value import Ref, Scalar, Text, Unknown, Value, pieces, string

if TYPE_CHECKING:
    from ecrlint.evaluate.script.interpreter import Interpreter

DECLARES = {"export", "declare", "typeset", "readonly", "local"}

_SILENT = {":", "true", "shift", "wait", "shopt", "ulimit", "umask", "alias", "unalias", "hash", "set", "let"}


def run(interpreter: Interpreter, call: SimpleCommand, state: ShellState) -> bool:
    """Run a command if it is one of the shell's own that has to be followed."""
    name = text_of(call.words[0])
    words = call.words[1:]
    match name:
        case "export" | "declare" | "typeset" | "readonly" | "local":
            _declare(interpreter, name, words, state)
        case "cd" | "pushd" | "popd":
            state.folder = files.moved(state.folder, words[0].value if len(words) == 1 and name != "popd" else None)
            return False
        case "unset":
            for word in words:
                if (variable := text_of(word)) and not variable.startswith("-"):
                    state.variables[variable] = None
                    interpreter.journal.assigned(variable, None, state, call.span)
        case "set":
            apply_set([text_of(word) or "" for word in words], state)
            if any(word.splits for word in words) or "--" in [text_of(word) for word in words]:
                state.arguments = None
        case "source" | ".":
            _source(interpreter, call, state)
        case "eval":
            _eval(interpreter, call, state)
        case "exit" | "return":
            _end(name, words, state)
        case "break" | "continue":
            state.ended = "loop"
        case "trap":
            inside = state.guarded(Guard("later", call.span))
            if len(words) > 1 and text_of(words[0]) not in (None, "", "-"):
                interpreter.evaluated(words[0].value, inside, call.span)
        case "read" | "mapfile" | "readarray":
            _read(interpreter, name, call, state)
        case "shift":
            if state.arguments is not None:
                count = int(text_of(words[0]) or 1) if words and (text_of(words[0]) or "").isdigit() else 1
                state.arguments = state.arguments[count:]
        case "printf" if len(words) > 1 and text_of(words[0]) == "-v":
            if variable := text_of(words[1]):
                state.assign(
                    variable, interpreter.journal.derived([word.value for word in words[2:]], variable, state, call.span)
                )
        case "let" | "getopts":
            for word in words:
                if target := re.match(r"\w+", text_of(word) or ""):
                    state.assign(target.group(), state.fresh(target.group(), call.span))
        case _:
            return name in _SILENT
    return True


def apply_set(words: Sequence[str], state: ShellState) -> None:
    """What `set` changes: https://www.gnu.org/software/bash/manual/html_node/The-Set-Builtin.html"""
    for at, word in enumerate(words):
        if len(word) < 2 or word[0] not in "-+" or word[1] == "-":
            continue
        on = word[0] == "-"
        if "e" in word:
            state.stops = on
        if "a" in word:
            state.exports_all = on
        if word.endswith("o") and at + 1 < len(words):
            option = words[at + 1]
            if option == "pipefail":
                state.pipefail = on
            elif option == "errexit":
                state.stops = on
            elif option == "allexport":
                state.exports_all = on


def _declare(interpreter: Interpreter, name: str, words: Sequence[Word], state: ShellState) -> None:
    texts = [text_of(word) or "" for word in words]
    exports = name == "export" or any(text.startswith("-") and "x" in text for text in texts)
    if "-n" in texts or "-f" in texts:
        return
    for word in words:
        if (text_of(word) or "").startswith("-"):
            continue
        variable, value = assignment(word.value)
        if variable is None:
            names = _printed_names(interpreter, word) if exports else ()
            for printed in names:
                made = interpreter.journal.derived([word.value], printed, state, word.span)
                state.assign(printed, made)
                state.exported.add(printed)
                interpreter.journal.assigned(printed, made, state, word.span)
            if not names:
                _declare_unknown(interpreter, word, state)
            continue
        if value is not None:
            state.assign(variable, value)
        elif name == "local":
            state.variables[variable] = None
        if exports:
            state.exported.add(variable)
            shown = state.lookup(variable, word.span)
            if shown is not None and variable in state.variables:
                interpreter.journal.assigned(variable, shown, state, word.span)


def _printed_names(interpreter: Interpreter, word: Word) -> tuple[str, ...]:
    """The variables that `export $(printf "A=%s B=%s" ...)` sets; none where they are not known."""
    value = word.value
    ran = interpreter.journal.tokens.written.get(value.attribute, ()) if isinstance(value, Ref) else ()
    last = next((command for command in reversed(ran) if command.program == "printf"), None)
    if last is None or len(last.words) < 2 or last is not ran[-1]:
        return ()
    fields = (text_of(last.words[1]) or "").split()
    named = [re.fullmatch(r"([A-Za-z_]\w*)=%s", field) for field in fields]
    return tuple(found[1] for found in named if found) if all(named) else ()


def _declare_unknown(interpreter: Interpreter, word: Word, state: ShellState) -> None:
    """`export $(...)`: which variables it sets is not known."""
    role = interpreter.journal.role_behind(word.value)
    state.forget(word.span)
    state.credentials = role or Unknown("which variables are set is not known", word.span)


def assignment(value: Value) -> tuple[str | None, Value | None]:
    """The name and the value in `NAME=value`; no value where the name stands alone, no name where it is not known."""
    first, *tail = pieces(value)
    text = string(first)
    found = re.match(r"([A-Za-z_]\w*)(?:(\+?)=|$)", text, re.ASCII) if text is not None else None
    if text is None or found is None:
        return None, None
    if found.group(2) is None:
        return (None, None) if isinstance(value, Text) else (found.group(1), None)
    rest = Scalar(text[found.end() :], first.span)
    return found.group(1), joined([rest, *tail], value.span) if not found.group(2) else Unknown("it is added to", value.span)


def _source(interpreter: Interpreter, call: SimpleCommand, state: ShellState) -> None:
    if len(call.words) > 1 and interpreter.sourced(call.words[1].value, call, state):
        return
    command = interpreter.journal.record(call, state)
    path = call.words[1].value if len(call.words) > 1 else None
    interpreter.journal.acts.append(Invoke(command, "script", path, call.words[2:], shares=True))
    interpreter.journal.opaque.append(command.span)
    state.forget(call.span)
    state.functions = {}
    state.credentials = Unknown("the script that is read may set them", call.span)


def _eval(interpreter: Interpreter, call: SimpleCommand, state: ShellState) -> None:
    blank = Scalar(" ", call.span)
    parts = [part for at, word in enumerate(call.words[1:]) for part in ((blank, word.value) if at else (word.value,))]
    if not parts:
        return
    text = joined(parts, call.span)
    if isinstance(text, Scalar):
        interpreter.evaluated(text, state, call.span)
        return
    asked = interpreter.journal.tokens.calls_behind(text)
    for made in asked:
        if made.operation == "get-login" and made.service == "ecr":
            interpreter.journal.record(SimpleCommand(call.words[1:], call.own, call.stdin, call.target, call.span), state)
            return
    role = interpreter.journal.role_behind(text)
    command = interpreter.journal.record(call, state)
    interpreter.journal.opaque.append(command.span)
    state.forget(call.span)
    state.credentials = role or Unknown("what is evaluated may set them", call.span)


def _end(name: str, words: Sequence[Word], state: ShellState) -> None:
    """`exit` or `return`: where nothing is said of how, it is how the command before ended."""
    status = text_of(words[0]) if words else None
    fails = status is not None and status.isdigit() and status != "0"
    if not words and any(guard.reason == "failure" for guard in state.guards[-1:]):
        fails = True
    if name == "return":
        state.ended = "function" if not fails else "badly" if state.stops else "function"
    else:
        state.ended = "badly" if fails else "well"


def _read(interpreter: Interpreter, name: str, call: SimpleCommand, state: ShellState) -> None:
    """`read`: what it reads is known only where one variable takes a text that is given."""
    names: list[str] = []
    words = list(call.words[1:])
    while words:
        text = text_of(words.pop(0)) or ""
        if text in ("-p", "-t", "-d", "-n", "-u", "-i", "-N", "-C", "-c", "-O", "-s"):
            if text != "-s" and words:
                words.pop(0)
            continue
        if not text.startswith("-"):
            names.append(text)
    single = name == "read" and len(names) == 1 and call.stdin is not None and not isinstance(call.stdin, tuple)
    for variable in names:
        if single and isinstance(call.stdin, (Scalar, Text)) and "\n" not in (string(call.stdin) or "\n"):
            state.assign(variable, call.stdin)
        elif re.fullmatch(r"[A-Za-z_]\w*", variable):
            state.assign(variable, interpreter.journal.derived([call.stdin], variable, state, call.span))
