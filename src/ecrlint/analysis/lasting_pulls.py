"""Pulls that go on for longer than the login that they need: in an endless loop, on a schedule, by a service.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html: a token is good for twelve hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from ecrlint.analysis.job_pushes import image
from ecrlint.analysis.login_commands import host_of, is_private
from ecrlint.analysis.script_acts import Performed, Runner
from ecrlint.iam import patterns
from ecrlint.model.dataclass import dataclass
from ecrlint.model.image import in_private_ecr
from ecrlint.model.script import Command, Compose, Guard, Invoke, Login, Pull, Push, Run
from ecrlint.model.source import Span
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value, join, string

Recurrence = Literal["loop", "schedule", "service", "watchtower"]

_ENDLESS = re.compile(r"\s*(?:while\s+(?:true|:|\[\[?\s+1\s+\]\]?)|until\s+false|for\s*\(\(\s*;\s*;\s*\)\))\s*;?\s*do\b")
_CRON = re.compile(
    r"(?m)^(?P<before>[^\n#]{0,400}?)(?<![\d*/,-])(?:(?:[\d*][\d*/,-]*[ \t]+){5}|@(?:hourly|daily|midnight|weekly)[ \t]+)"
    r"(?P<command>[^\n]{0,1000}?\bdocker(?:[ -]compose\b[^\n]{0,200}?)?[ \t]+(?:image[ \t]+)?(?:pull|push)\b[^\n]*)$"
)
_RENEWED = re.compile(r"ecr-login|credHelpers|credsStore|credential-helper")
_LOGS_IN = re.compile(r"get-login|get-authorization-token|\blogin\b|\.sh\b")


@dataclass(frozen=True, slots=True)
class LastingPull:
    """A pull at `span` that recurs, and the login that is done once."""

    span: Span
    recurs: Recurrence
    login: Login


def lasting_pulls(runner: Runner) -> Iterator[LastingPull]:
    """The pulls that recur on a machine whose logins do not; none where a login may be renewed."""
    logins = [it.act for it in runner.acts if isinstance(it.act, Login) and not it.act.command.inside]
    texts = {id(it.script.source): it.script for it in runner.acts}.values()
    if not logins or any(_RENEWED.search(span.text) for span in texts) or any(_recurs(login.command) for login in logins):
        return
    private = [login for login in logins if (host := host_of(login)) is not None and is_private(host) is YES]
    for performed in runner.acts:
        yield from _of_act(performed, private, runner.acts)
    for span in texts:
        for match in _CRON.finditer(span.text) if private else ():
            if not _LOGS_IN.search(match["command"]):
                place = Span(span.source, span.start + match.start("command"), span.start + match.end("command"))
                yield LastingPull(place, "schedule", private[0])


def _of_act(performed: Performed, logins: Sequence[Login], acts: Sequence[Performed]) -> Iterator[LastingPull]:
    act = performed.act
    if isinstance(act, Run):
        if logins and "watchtower" in (string(act.image) or ""):
            yield LastingPull(act.command.span, "watchtower", logins[0])
        return
    if not isinstance(act, (Pull, Push, Compose)) or (isinstance(act, Compose) and act.verb not in ("pull", "push")):
        return
    guard = _recurs(act.command)
    login = _login_for(None if isinstance(act, Compose) else act.image, logins)
    if guard is not None and login is not None and not _may_log_in(guard, acts):
        yield LastingPull(act.command.span, "loop" if guard.reason == "loop" else "service", login)


def _recurs(command: Command) -> Guard | None:
    """What makes a command run again and again: an endless loop, or a service that a file describes."""
    for guard in command.guards:
        if _is_unit(guard, command.span) or (guard.reason == "loop" and _ENDLESS.match(guard.span.text)):
            return guard
    return None


def _is_unit(guard: Guard, command: Span) -> bool:
    """Whether a command stands in a unit of systemd that fails with it; what fails after `=-` is ignored."""
    if guard.reason != "later":
        return False
    line = command.source.line_text(command.line)[: command.column - 1]
    return re.match(r"\s*Exec(?:Start|StartPre|Reload)=[@:+!]*\s*(?!-)", line) is not None and "=-" not in line


def _may_log_in(guard: Guard, acts: Sequence[Performed]) -> bool:
    """Whether something else that recurs with it may log in: a script that is not here."""
    return any(isinstance(it.act, Invoke) and guard in it.act.command.guards for it in acts)


def _login_for(reference: Value | None, logins: Sequence[Login]) -> Login | None:
    if reference is None:
        return logins[0] if logins else None
    parts = image(reference)
    if parts is None or in_private_ecr(join([parts.host, "/x"], parts.host.span)) is NO:
        return None
    hosts = ((login, host_of(login)) for login in logins)
    return next((login for login, host in hosts if host is not None and patterns.equals(host, parts.host) is YES), None)
