"""What can be told of a stretch of a script without following it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecrlint.model.node import Node
from ecrlint.model.value import Value

_NAMING = {"read", "mapfile", "readarray", "export", "declare", "typeset", "local", "readonly", "unset", "getopts", "let"}
_LEAVING = {"break", "continue", "exit", "return", "exec"}
_MAX_DEPTH = 4


def literal(word: Node) -> str:
    """The text that a word begins with, up to the first thing that the shell puts in."""
    text = ""
    for part in word.value if word.tag == "word" else ():
        if part.tag != "text":
            break
        text += part.value[0]
    return text


def commands(node: Node) -> Iterator[Node]:
    """The commands of a statement or script, those of its functions included; not those of substitutions."""
    stack: list[object] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(reversed(item))
        elif isinstance(item, Node):
            if item.tag == "command":
                yield item
            elif item.tag == "for":
                yield item
                stack.append(item.value[2])
            elif item.tag not in ("word", "array", "redirection", "unreadable"):
                stack.append(item.value)


def assigned(body: Node, functions: Mapping[str, tuple[Node, tuple[Value, ...]]], depth: int = 0) -> set[str]:
    """The names of the variables that a script sets itself or in the functions that it calls."""
    names: set[str] = set()
    for command in commands(body):
        if command.tag == "for":
            names.add(command.value[0])
            continue
        assignments, words, _ = command.value
        names.update(node.value[0] for node in assignments)
        program = literal(words[0]) if words else ""
        if program in _NAMING:
            names.update(literal(word).partition("=")[0].rstrip("+") for word in words[1:])
        elif program in functions and depth < _MAX_DEPTH:
            names |= assigned(functions[program][0], functions, depth + 1)
    return names


def leaves(body: Node) -> bool:
    """Whether something in a loop may end a round, the loop or more."""
    words = (command.value[1] for command in commands(body) if command.tag == "command")
    return any(given and literal(given[0]) in _LEAVING for given in words)
