"""What is run by something outside of AWS's own services: Kubernetes, Docker Compose, the agent of Elastic Beanstalk."""

from __future__ import annotations

from typing import Literal

from ecrlint.model.dataclass import dataclass
from ecrlint.model.source import Span
from ecrlint.model.truth import YES, Truth
from ecrlint.model.workload import Container

ManifestKind = Literal["pods", "Compose service", "Dockerrun"]


@dataclass(frozen=True, slots=True)
class StoredLogin:
    """A login to a private registry that something keeps: made of a token of ECR, which is good for twelve hours.

    `registry` is the host in words for a person.
    """

    registry: str
    span: Span


@dataclass(frozen=True, slots=True)
class Manifest:
    """Containers that a manifest states: which images are pulled. The role that pulls is that of the machine they run on.

    `title` is what it is called in a message (`Deployment "web"`). `logins` are those that it keeps; `renews`: it asks ECR for
    tokens again and again.
    """

    address: str
    kind: ManifestKind
    title: str
    span: Span
    containers: tuple[Container, ...] = ()
    exists: Truth = YES
    logins: tuple[StoredLogin, ...] = ()
    renews: bool = False
