"""What is run by something outside of AWS's own services: Kubernetes, Docker Compose, the agent of Elastic Beanstalk."""

from __future__ import annotations

from typing import Literal

from ecrlint.model.dataclass import dataclass
from ecrlint.model.source import Span
from ecrlint.model.truth import YES, Truth
from ecrlint.model.workload import Container

ManifestKind = Literal["pods", "Compose service", "Dockerrun"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Containers that a manifest states: which images are pulled. The role that pulls is that of the machine they run on.

    `title` is what it is called in a message (`Deployment "web"`).
    """

    address: str
    kind: ManifestKind
    title: str
    span: Span
    containers: tuple[Container, ...] = ()
    exists: Truth = YES
