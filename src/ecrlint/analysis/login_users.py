"""Logins of one user of a machine, and the pushes and pulls of another: Docker stores credentials in the home of the user."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.analysis.job_pushes import image
from ecrlint.analysis.login_commands import host_of
from ecrlint.analysis.script_acts import Performed, Runner
from ecrlint.iam import patterns
from ecrlint.model.dataclass import dataclass
from ecrlint.model.image import in_private_ecr
from ecrlint.model.job import ActionAct, RegistryLogin
from ecrlint.model.script import Command, Login, Pull, Push
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.value import Value, join, string

OWN = ""
"""The user that a machine runs its scripts as, where its name is not known."""

_SHARED = re.compile(r"\.docker\b|DOCKER_CONFIG|ecr-login|credential")
"""What shows that credentials may be shared between users, or not be stored by a login."""


@dataclass(frozen=True, slots=True)
class OtherUser:
    """A push or pull, and the login to its registry, which another user has done. A user is None where it is the script's."""

    moved: Performed
    act: Push | Pull
    login: Performed
    user: Value | None

    @property
    def login_span(self) -> Span:
        act = self.login.act
        return act.command.span if isinstance(act, Login) else act.span if isinstance(act, RegistryLogin) else self.login.script


def of_other_users(runner: Runner) -> Iterator[OtherUser]:
    """The pushes and pulls whose user has no login, while another user of the machine has."""
    scripts = (it.script for it in runner.acts if not isinstance(it.act, ActionAct))
    if not runner.whole or any(_SHARED.search(script.text) for script in scripts):
        return
    logins: list[tuple[Value, str | None, Performed]] = []
    for performed in runner.acts:
        act = performed.act
        if isinstance(act, RegistryLogin):
            logins += [(host, _user(None, runner), performed) for host in act.hosts]
        elif isinstance(act, Login) and (host := host_of(act)) is not None:
            logins.append((host, _user(act.command, runner), performed))
        elif isinstance(act, (Push, Pull)):
            yield from _of_move(act, performed, logins, runner)


def _of_move(
    act: Push | Pull, performed: Performed, logins: list[tuple[Value, str | None, Performed]], runner: Runner
) -> Iterator[OtherUser]:
    parts, user = image(act.image), _user(act.command, runner)
    if user is None or parts is None or in_private_ecr(join([parts.host, "/x"], parts.host.span)) is not YES:
        return
    if any(by in (user, None) and patterns.equals(host, parts.host) is not NO for host, by, _ in reversed(logins)):
        return  # which the last login tells, where there are many of both
    covering = [(patterns.equals(host, parts.host), login) for host, _, login in logins]
    other = next((login for covers, login in covering if covers is YES), None)
    if other is not None and not any(covers is MAYBE for covers, _ in covering):
        yield OtherUser(performed, act, other, act.command.user)


def _user(command: Command | None, runner: Runner) -> str | None:
    """The user of a command: `OWN` where it is that of the script, None where it is not known."""
    if command is None or command.user is None:
        return OWN
    if command.environment.keys() & {"HOME", "DOCKER_CONFIG"}:
        return None
    user = string(command.user)
    return OWN if user is not None and user == runner.user else user
