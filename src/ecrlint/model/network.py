"""The way to the registry: VPC endpoints."""

from __future__ import annotations

from dataclasses import dataclass

from ecrlint.model.address import own_name
from ecrlint.model.policy import Policy
from ecrlint.model.source import Span
from ecrlint.model.truth import YES, Truth
from ecrlint.model.value import Value


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A VPC endpoint. `service` is the full service name; `policy` None: the default, which lets everything through."""

    address: str
    service: Value
    type: Value | None
    span: Span
    policy: Policy | None = None
    exists: Truth = YES

    @property
    def label(self) -> str:
        return own_name(self.address)
