"""Shell scripts, user data and buildspecs to what they do: log in, build, tag, pull and push images, call AWS."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ecrlint.evaluate.budget import Budget
from ecrlint.model.script import SHELL, Guard, Script, Surroundings
from ecrlint.model.source import Span
from ecrlint.model.value import Value, prefix

_OTHERS = (
    ("PowerShell", r"(?i)\s*<powershell>|\A#!.*\bpwsh\b|\A(?:pwsh|powershell)\b"),
    ("a batch file", r"(?i)\s*<script>|\Acmd\b"),
    ("Python", r"\A#!.*\bpython[\d.]*\b|\Apython[\d.]*\b"),
    ("another language", r"\A#!(?!.*\b(?:ba|da|k|z|a)?sh\b)"),
)
_SHELLS = re.compile(r"(?:\S*/)?(?:ba|da|k|z|a)?sh\b")


def read(value: Value, budget: Budget, shell: str = "bash", surroundings: Surroundings | None = None) -> Script:
    """What a script does; `shell` is the command line of what runs it, as `shell:` of a workflow has it."""
    return read_all((value,), budget, shell, surroundings, value.span)


def read_all(values: Sequence[Value], budget: Budget, shell: str, surroundings: Surroundings | None, span: Span) -> Script:
    """What scripts do that run one after another in the same shell, such as the commands of a build."""
    given = Surroundings() if surroundings is None else surroundings
    if not given.name:
        given = _named(given, span)
    language = _language(values[0], shell) if values else ""
    if language:
        return Script(span, whole=False, open=(Guard("hole", span),), unread=language)
    from ecrlint.evaluate.script.interpreter import Interpreter

    return Interpreter(given, span, budget).follow(values)


def _named(surroundings: Surroundings, span: Span) -> Surroundings:
    from ecrlint.model.dataclass import replace

    return replace(surroundings, name=f"{SHELL}{span.path}:{span.start}")


def _language(value: Value, shell: str) -> str:
    """The language of a script that is none of the shell's; empty where it is."""
    if shell and not _SHELLS.match(shell):
        return next((name for name, pattern in _OTHERS if re.match(pattern, shell)), shell.split(maxsplit=1)[0])
    text = prefix(value)
    return next((name for name, pattern in _OTHERS if re.match(pattern, text)), "")
