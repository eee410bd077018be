"""The credential helpers that a script sets up for Docker, and the registries that it works with.

https://docs.docker.com/reference/cli/docker/login/#credential-helpers
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ecrlint.analysis.job_pushes import image
from ecrlint.analysis.login_commands import host_of
from ecrlint.analysis.script_acts import Runner
from ecrlint.iam import patterns
from ecrlint.model.dataclass import dataclass
from ecrlint.model.image import in_private_ecr
from ecrlint.model.job import RegistryLogin
from ecrlint.model.script import Login, Pull, Push, Run, Write
from ecrlint.model.source import Span
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Scalar, Value, join, pieces, string

_HOLE = "\ue000"
_HELPER = "ecr-login"


@dataclass(frozen=True, slots=True)
class Helper:
    """A host that a helper is set up for, and where that is written."""

    host: str
    span: Span


@dataclass(frozen=True, slots=True)
class Unhelped:
    """An image whose registry has neither a helper nor a login, and a helper for another one."""

    image: Value
    host: Value
    pushed: bool
    helper: Helper


def unhelped(runner: Runner) -> Iterator[Unhelped]:
    """The images of registries that have no helper, where others have; none where anything else may log in."""
    writes = [it.act for it in runner.acts if isinstance(it.act, Write) and _is_configuration(it.act)]
    helpers = [_helpers(write) for write in writes]
    found = [helper for known in helpers if known for helper in known if in_private_ecr(_as_image(helper)) is YES]
    if not found or None in helpers or not runner.whole:
        return
    logins = [host for it in runner.acts if isinstance(it.act, Login) for host in (host_of(it.act),)]
    if None in logins or any(isinstance(it.act, RegistryLogin) for it in runner.acts):
        return
    covered = [*(Scalar(helper.host, helper.span) for helper in found), *(host for host in logins if host is not None)]
    for it in runner.acts:
        act = it.act
        if not isinstance(act, (Pull, Push, Run)) or act.image is None or act.command.user is not None:
            continue
        parts = image(act.image)
        if parts is None or in_private_ecr(join([parts.host, "/x"], parts.host.span)) is not YES:
            continue
        if all(patterns.equals(host, parts.host) is NO for host in covered):
            yield Unhelped(act.image, parts.host, isinstance(act, Push), found[0])


def _as_image(helper: Helper) -> Scalar:
    return Scalar(f"{helper.host}/x", helper.span)


def _is_configuration(write: Write) -> bool:
    return (string(write.path) or "").endswith(".docker/config.json")


def _helpers(write: Write) -> tuple[Helper, ...] | None:
    """The hosts with a helper in a configuration; None where it is not known, or all registries have one."""
    text = "".join(_HOLE if string(piece) is None else str(string(piece)) for piece in pieces(write.text))
    try:
        document = json.loads(text)
    except ValueError:
        return None
    if not isinstance(document, dict) or "credsStore" in document or "auths" in document or write.appends:
        return None
    helpers = document.get("credHelpers")
    if not isinstance(helpers, dict) or any(_HOLE in key for key in helpers):
        return None
    return tuple(Helper(host, _place(write, host)) for host, name in helpers.items() if name == _HELPER)


def _place(write: Write, host: str) -> Span:
    """Where a host stands in what is written."""
    for piece in pieces(write.text):
        at = piece.span.text.find(host)
        if at >= 0:
            return Span(piece.span.source, piece.span.start + at, piece.span.start + at + len(host))
    return write.command.span
