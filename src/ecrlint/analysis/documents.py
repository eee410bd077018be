"""Every policy document of a stack, with whom it speaks for."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.memory import once
from ecrlint.model.address import short_name
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Related
from ecrlint.model.policy import Policy, Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Repository, Stack


@dataclass(frozen=True, slots=True)
class Document:
    """A policy as its author wrote it. `label` is how a message names whom it belongs to, or itself where that is nobody.

    `loose`: it is a file of its own, so that what kind of policy it is only shows in its shape. `role` is its first holder,
    `addresses` are those of all of them.
    """

    policy: Policy
    label: str
    address: str
    span: Span
    role: Role | None = None
    addresses: tuple[str, ...] = ()

    @property
    def loose(self) -> bool:
        return self.address == self.span.path

    @property
    def unattached(self) -> bool:
        """Whether it is an identity policy whose holder is not in the stack, and who may hold other policies too."""
        return self.policy.kind == "identity" and self.role is None

    @property
    def related(self) -> tuple[Related, ...]:
        return (Related(self.span, self.label),) if self.role is not None else ()


@once
def documents(stack: Stack) -> Iterator[Document]:
    """Every policy document, each once: a policy that several roles share is that of the first."""
    found: dict[tuple[str, int, str], list[Document]] = {}
    for one in _all(stack):
        found.setdefault((one.policy.span.path, one.policy.span.start, one.policy.kind), []).append(one)
    for first, *others in found.values():
        addresses = dict.fromkeys(one.address for one in (first, *others))
        yield replace(first, addresses=tuple(addresses))


def _all(stack: Stack) -> Iterator[Document]:
    for role in stack.roles:
        for policy in (*role.policies, *(() if role.boundary is None else (role.boundary,))):
            yield Document(policy, f'{role.kind} "{role.label}"', role.address, role.span, role)
    for policy in stack.policies:
        yield Document(policy, f'policy "{short_name(policy.name, policy.span)}"', policy.name, policy.span)
    yield from of_repositories(stack)
    for endpoint in stack.endpoints:
        if endpoint.policy is not None:
            yield Document(endpoint.policy, f'the policy of endpoint "{endpoint.label}"', endpoint.address, endpoint.span)


def of_repositories(stack: Stack) -> Iterator[Document]:
    """The policies of the private repositories."""
    for repository in stack.repositories:
        if repository.policy is not None:
            yield Document(repository.policy, policy_of(repository), repository.address, repository.span)


def policy_of(repository: Repository) -> str:
    """How a message names the policy of a repository, which in a file of its own names none."""
    loose = repository.address == repository.span.path
    return f'{"repository policy" if loose else "the policy of repository"} "{short_name(repository.address, repository.span)}"'
