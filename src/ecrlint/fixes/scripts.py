"""Edits of commands in scripts, wherever a script stands."""

from __future__ import annotations

from ecrlint.fixes.layout import insert
from ecrlint.model.finding import Edit
from ecrlint.model.script import Login
from ecrlint.model.value import string


def with_password_stdin(login: Login) -> tuple[Edit, ...]:
    """`--password-stdin` after the word `login`, where that stands there as it is."""
    word = next((word for word in login.command.words[1:4] if string(word.value) == "login"), None)
    if word is None or word.span.text != "login":
        return ()
    return (insert(word.span, word.span.end, " --password-stdin"),)
