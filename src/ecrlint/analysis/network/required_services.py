"""What the start of a task asks for beside ECR, in a VPC where each service takes an endpoint of its own.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ecrlint.analysis.fetches import asked
from ecrlint.model.dataclass import dataclass
from ecrlint.model.value import is_null, string, suffix

if TYPE_CHECKING:
    from ecrlint.analysis.network.consumers import Consumer
    from ecrlint.model.network import Endpoint
    from ecrlint.model.source import Span

_SECRETS = frozenset({"secretsmanager", "ssm"})


@dataclass(frozen=True, slots=True)
class NeededService:
    """A service that a consumer asks for, and the place that shows it. `ecrlint.wording.services` says what is lost without it.

    Not `sure`: its tasks may start without it, since ECS may go on without a log where nobody says that it is to wait.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html
    """

    service: str
    span: Span
    sure: bool = True


def needs(consumer: Consumer) -> Iterator[NeededService]:
    """The services that a consumer asks for, each once."""
    found: dict[str, NeededService] = {}
    for need in _all(consumer):
        if need.service not in found or (need.sure and not found[need.service].sure):
            found[need.service] = need
    yield from found.values()


def _all(consumer: Consumer) -> Iterator[NeededService]:
    if consumer.kind == "service":
        for name in ("ecs", "ecs-agent"):
            yield NeededService(name, consumer.placement.span)
    for container in consumer.task.containers if consumer.task is not None else ():
        for fetch in container.fetches:
            target = asked(fetch)
            if target is not None and target[0] in _SECRETS:
                yield NeededService(target[0], fetch.span)
        log = container.log
        if log is not None and string(log.driver) == "awslogs" and (is_null(log.mode) or string(log.mode) == "blocking"):
            sure = string(log.mode) == "blocking"
            yield NeededService("logs", log.driver.span, sure)


def lacking(consumer: Consumer, endpoints: Iterable[Endpoint]) -> tuple[NeededService, ...]:
    """What a consumer asks for and none of these endpoints is for."""
    there = {name for name in map(_name, endpoints) if name is not None}
    return tuple(need for need in needs(consumer) if need.service not in there)


def _name(endpoint: Endpoint) -> str | None:
    """The service that an endpoint is for, by the end of its name; one that follows FIPS counts as the other."""
    return suffix(endpoint.service).rsplit(".", 1)[-1].removesuffix("-fips") or None
