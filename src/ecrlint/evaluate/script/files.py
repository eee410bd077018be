"""Scripts of the repository that another one calls, by their paths from the folder that this is in."""

from __future__ import annotations

import posixpath
import re

from ecrlint.evaluate.script.shell_state import ShellState
from ecrlint.evaluate.script.syntax import commands, literal
from ecrlint.model.node import Node
from ecrlint.model.value import Ref, Scalar, Value, pieces, string

_TOPS = {"GITHUB_WORKSPACE", "CI_PROJECT_DIR", "CODEBUILD_SRC_DIR"}
"""The variables of platforms that hold the folder into which the repository is cloned."""

_FOREIGN = re.compile(r"#!(?!.*\b(?:ba|da|k|z|a)?sh\b)")


def text_at(path: Value, state: ShellState, by_shell: bool) -> Value | None:
    """The text of the script at a path; None where it is not here, or not one for the shell.

    A name without a folder is looked for in the search path, unless a shell is given it.
    """
    file = state.surroundings.file
    name = _from_top(path, state.folder)
    if file is None or name is None or (not by_shell and "/" not in (string(path) or "/")):
        return None
    text = file(name)
    shown = string(text)
    return None if shown is None or _FOREIGN.match(shown) or "\0" in shown else text


def moved(folder: str | None, target: Value | None) -> str | None:
    """The folder that `cd` leads to; None where that is not known, or outside of the repository."""
    return None if target is None else _from_top(target, folder)


def moves(body: Node) -> bool:
    """Whether something in a loop changes the folder."""
    words = (command.value[1] for command in commands(body) if command.tag == "command")
    return any(given and literal(given[0]) in ("cd", "pushd", "popd") for given in words)


def _from_top(path: Value, folder: str | None) -> str | None:
    """A path from the top of the repository."""
    first, *rest = pieces(path)
    if isinstance(first, Ref) and first.attribute in _TOPS:
        tail = string(rest[0]) if len(rest) == 1 and isinstance(rest[0], Scalar) else "" if not rest else None
        return None if tail is None or (tail and not tail.startswith("/")) else _inside(tail.lstrip("/"))
    text = string(path)
    if text is None or folder is None or text.startswith(("/", "~", "-")) or not text:
        return None
    return _inside(posixpath.join(folder, text))


def _inside(path: str) -> str | None:
    found = posixpath.normpath(path) if path else "."
    return None if found == ".." or found.startswith("../") else "" if found == "." else found
