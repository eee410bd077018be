"""The subjects of tokens of GitHub and GitLab: those that a trust policy admits, and the one that is sent for a job.

https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

import re
from datetime import datetime, timezone

from ecrlint.analysis import federation
from ecrlint.iam.conditions import needs_value
from ecrlint.model.address import GIT
from ecrlint.model.dataclass import dataclass
from ecrlint.model.job import Job, Trigger
from ecrlint.model.policy import Role
from ecrlint.model.source import Span
from ecrlint.model.stack import SourceRepository
from ecrlint.model.value import Ref, Scalar, Value, alternatives, join, pieces, string, written

_SUBJECT = re.compile(r"repo:([^@/:*?]+)(?:@([\d*?]+))?/([^@/:*?]+)(?:@([\d*?]+))?:(.+)")


@dataclass(frozen=True, slots=True)
class TrustedSubject:
    """A subject that a trust policy admits: the repository, whether by ids too, and what follows it."""

    owner: str
    name: str
    ids: bool
    rest: str
    value: Value

    @property
    def repository(self) -> str:
        """The repository, with the names as they are written."""
        return f"{self.owner}/{self.name}"

    def is_of(self, repository: str) -> bool:
        """Whether it is of the repository at this place (`github.com/acme/shop`); GitHub's names have no case."""
        return repository.lower() == f"github.com/{self.repository}".lower()


IDS_SINCE = datetime(2026, 7, 15, tzinfo=timezone.utc)
"""Since when a new repository has subjects with ids.

https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens
"""


def sends_ids(repository: SourceRepository, names: TrustedSubject) -> bool:
    """Whether GitHub sends ids for a repository that a subject names, if it has not opted out: where its history begins since."""
    return names.is_of(repository.name) and repository.begun >= IDS_SINCE.timestamp()


def first_day(repository: SourceRepository) -> str:
    """The day on which the history of a repository begins, in UTC."""
    return datetime.fromtimestamp(repository.begun, timezone.utc).date().isoformat()


def trusted_subjects(role: Role) -> tuple[TrustedSubject, ...]:
    """The subjects of GitHub that a role admits; nothing where it may admit others, as with a pattern for many repositories."""
    statements = federation.federated(role) or ()
    found: list[TrustedSubject] = []
    for one in statements:
        conditions = [condition for condition in one.claims("sub") if needs_value(condition)]
        if one.issuer != federation.GITHUB or not conditions:
            return ()
        for value in conditions[0].values:
            names = _names(value)
            if names is None:
                return ()
            found.append(names)
    return tuple(found)


def _names(value: Value) -> TrustedSubject | None:
    match = _SUBJECT.fullmatch(string(value) or "")
    if match is None or bool(match[2]) != bool(match[4]):
        return None
    return TrustedSubject(match[1], match[3], bool(match[2]), match[5], value)


def subject(job: Job) -> Value | None:
    """The subject that is sent for a job, with a hole for the repository; that of GitHub has its names or its ids.

    None where it is not known which one: of events whose subject is not documented, and where nobody knows the environment.
    """
    if job.platform == "gitlab":
        return _of_gitlab(job.start)
    if job.environment is not None:
        sides = [_of_environment(side) for side in alternatives(job.environment)]
        return sides[0] if len(sides) == 1 else None
    return _of_event(job.start)


def _of_environment(name: Value) -> Value | None:
    """https://docs.github.com/en/actions/reference/security/oidc#filtering-for-a-specific-environment"""
    if not isinstance(name, Scalar):
        return None
    return _subject(name.span, f":environment:{written(name).replace(':', '%3A')}")


_SILENT = {"pull_request_target", "merge_group", "workflow_call", "deployment", "deployment_status", "status", "check_run"}
"""The events for which the reference of a run, and so its subject, may be another one."""


def _of_event(start: Trigger) -> Value | None:
    if start.event in _SILENT:
        return None
    if start.event.startswith("pull_request"):
        return _subject(start.span, ":pull_request")
    ref = pieces(start.ref)
    return _subject(
        start.span,
        ":ref:",
        *(piece if isinstance(piece, Scalar) else Ref(GIT, f"ref{at}", start.span) for at, piece in enumerate(ref)),
    )


def _of_gitlab(start: Trigger) -> Value | None:
    """https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload"""
    first, *rest = pieces(start.ref)
    text = string(first) or ""
    kind = next((kind for head, kind in (("refs/heads/", "branch"), ("refs/tags/", "tag")) if text.startswith(head)), None)
    if kind is None:  # for a merge request, the documentation does not say it
        return None
    name = [
        text.partition("/")[2].partition("/")[2],
        *(piece if isinstance(piece, Scalar) else Ref(GIT, "ref", start.span) for piece in rest),
    ]
    return join(["project_path:", Ref(GIT, "project", start.span), f":ref_type:{kind}:ref:", *name], start.span)


def _subject(span: Span, *tail: Value | str) -> Value:
    """A subject of some repository, whose owner and name have neither a colon nor a slash, and may have ids."""
    return join(["repo:", Ref(GIT, "owner", span), "/", Ref(GIT, "name", span), *tail], span)


def shown(value: Value) -> str:
    """A subject for a message."""
    words = (
        string(piece) if isinstance(piece, Scalar) else _SHOWN.get(getattr(piece, "attribute", "")) for piece in pieces(value)
    )
    return "".join("..." if word is None else word for word in words)


_SHOWN = {"owner": "OWNER", "name": "NAME", "project": "GROUP/PROJECT"}
