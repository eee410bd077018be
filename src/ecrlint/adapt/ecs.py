"""Container definitions, whose shape all formats share but for the case of the names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ecrlint.adapt.kept import Unit
from ecrlint.adapt.policy import Expand, why
from ecrlint.model.dataclass import replace
from ecrlint.model.network import PlacementGuess
from ecrlint.model.source import Span
from ecrlint.model.stack import Resource
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Json, List, Map, Ref, Scalar, Unknown, Value, is_null, same, string
from ecrlint.model.workload import Container, Fetch, FetchKind, Log, Service, Task


def containers(value: Value | None, expand: Expand) -> tuple[tuple[Container, ...], tuple[str, ...]]:
    """The containers of a definition, and why there may be others."""
    if value is None or is_null(value):
        return (), ()
    if isinstance(value, Json):
        value = value.value
    if not isinstance(value, List):
        return (), (f"its containers are not known: {why(value)}",)
    found: list[Container] = []
    reasons: tuple[str, ...] = () if value.complete else ("its list of containers is not known as a whole",)
    for item in value.items:
        if isinstance(item, Json):
            item = item.value
        if isinstance(item, Map):
            found.append(container(item, expand))
        elif not is_null(item):
            reasons = (*reasons, f"a container is not known: {why(item)}")
    return tuple(found), reasons


def containers_of(unit: Unit, resource: Resource, value: Value | None) -> tuple[tuple[Container, ...], tuple[str, ...]]:
    """The containers of a definition that is a resource, and why there may be others."""
    return (
        ((), ()) if value is None else unit.draft.kept.once(resource, "containers", value, lambda: containers(value, unit.expand))
    )


def container(value: Map, expand: Expand) -> Container:
    """One container definition, with names in camel case (`logConfiguration`) or Pascal case (`LogConfiguration`)."""
    image, name = entry(value, "image"), entry(value, "name")
    return Container(
        name=name if name is not None else Unknown("it has no name", value.span),
        image=None if image is None else expand(image),
        span=value.span,
        log=_log(entry(value, "logConfiguration"), expand),
        fetches=tuple(_fetches(value, expand)),
        environment=dict(_variables(value, expand)),
    )


def entry(entries: Map, name: str) -> Value | None:
    """The value of a name in camel case, or in Pascal case; None where it is absent or null."""
    found = entries.entries.get(name)
    found = found if found is not None else entries.entries.get(name[0].upper() + name[1:])
    return None if is_null(found) else found


def _log(value: Value | None, expand: Expand) -> Log | None:
    if not isinstance(value, Map):
        return None if value is None else Log(value)
    driver, options = entry(value, "logDriver"), entry(value, "options")
    if driver is None:
        return None
    if not isinstance(options, Map):
        options = Map({}, value.span, complete=options is None)
    group = options.get("awslogs-group")
    return Log(driver, None if group is None else expand(group), options.get("awslogs-create-group"), options.get("mode"))


def _variables(value: Map, expand: Expand) -> Iterator[tuple[str, Value]]:
    for listed, content in (("environment", "value"), ("secrets", "valueFrom")):
        items = entry(value, listed)
        for item in items.items if isinstance(items, List) else ():
            name = string(entry(item, "name")) if isinstance(item, Map) else None
            given = entry(item, content) if isinstance(item, Map) else None
            if name is not None and given is not None:
                yield name, expand(given)


def _fetches(value: Map, expand: Expand) -> Iterator[Fetch]:
    logging = entry(value, "logConfiguration")
    options = entry(logging, "secretOptions") if isinstance(logging, Map) else None
    for secrets in (entry(value, "secrets"), options):
        yield from _sources("secret", secrets, "valueFrom", expand)
    credentials = entry(value, "repositoryCredentials")
    yield from _sources("registry credentials", credentials, "credentialsParameter", expand)
    yield from _sources("environment file", entry(value, "environmentFiles"), "value", expand)


def _sources(what: FetchKind, value: Value | None, name: str, expand: Expand) -> Iterator[Fetch]:
    """What each item of a list, or a single map, names under a key."""
    for item in value.items if isinstance(value, List) else () if value is None else (value,):
        source = entry(item, name) if isinstance(item, Map) else item
        if source is not None and not is_null(source):
            yield Fetch(what, expand(source), item.span, source.address if isinstance(source, Ref) else "")


def launches(service: Resource, started: Mapping[str, bool], launch: Value | None) -> Iterable[tuple[str, Value]]:
    """The task definitions that a service starts, surely or not, each with the launch type; unknown where it is not sure."""
    if launch is None or is_null(launch) or service.exists is NO:
        return
    for address, certain in started.items():
        sure = certain and service.exists is YES
        yield address, launch if sure else Unknown(f"{service.address} starts it only under a condition", launch.span)


def service(
    resource: Resource,
    started: Mapping[str, bool],
    launch: Value | None,
    cluster: Value | None,
    providers: Sequence[Value | None] | None,
    launched: Mapping[str, tuple[str, ...]],
) -> Service:
    """A service. `providers` are its capacity providers, None where it names none; `launched` are the hosts of those known."""
    known = [launched.get(one.address if isinstance(one, Ref) else string(one) or "", ()) for one in providers or ()]
    if is_null(launch):
        sure = providers is None or (known and all(known))
        launch = None if sure else Unknown("what its capacity providers launch on is not known", resource.span)
    hosts = tuple(dict.fromkeys(host for one in known for host in one)) if known and all(known) else ()
    return Service(resource.address, resource.span, surely(started), launch, cluster, hosts, resource.exists)


def parked(unit: Unit, count: Value | None, strategy: Value | None) -> PlacementGuess | None:
    """Whether a service states that it wants no tasks, and nothing in the unit scales one.

    One that states nothing is taken to be scaled by whoever deploys to it: in Terraform that is none, in CloudFormation one task.
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ecs_service#desired_count-1
    """
    if not isinstance(count, Scalar) or str(count.value) not in ("0", "0.0") or string(strategy) == "DAEMON":
        return None
    return None if any(resource.type in _SCALES for resource in unit.resources.values()) else "count"


_SCALES = frozenset({"aws_appautoscaling_target", "AWS::ApplicationAutoScaling::ScalableTarget"})


def surely(started: Mapping[str, bool]) -> tuple[str, ...]:
    """The addresses of the task definitions that something surely starts."""
    return tuple(address for address, sure in started.items() if sure)


def cluster(value: Value | None, names: Mapping[str, Value]) -> Value | None:
    """What a cluster is known by: its address where it is in the stack (`names` by address), otherwise its name."""
    if isinstance(value, Ref):
        return Ref(value.address, "", value.span)
    text = string(value)
    if value is not None and text is not None:
        value = Scalar(text.rsplit("/", 1)[-1], value.span)
    found = [address for address, name in names.items() if value is not None and same(name, value)]
    return Ref(found[0], "", value.span) if value is not None and len(found) == 1 else value


def launch_of(unit: Unit, providers: Sequence[Value | None], span: Span) -> Value:
    """The launch type of what runs on these capacity providers, and no others."""
    names = [one.address if isinstance(one, Ref) else string(one) for one in providers]
    if names and all(name in ("FARGATE", "FARGATE_SPOT") for name in names):
        return Scalar("FARGATE", span)
    if names and all(name in unit.draft.managed_providers for name in names):
        return Scalar("MANAGED_INSTANCES", span)
    return Unknown("what its capacity providers launch on is not known", span)


def launch_type(unit: Unit, stated: Value | None, providers: Sequence[Value | None] | None, span: Span) -> Value | None:
    """The launch type that a service states, or the one that all of its capacity providers have; None where neither says it."""
    if not is_null(stated) or providers is None:
        return stated
    found = launch_of(unit, providers, span)
    return found if isinstance(found, Scalar) else None


def started(tasks: Mapping[str, Task], found: Sequence[tuple[str, Value]]) -> list[Task]:
    """The tasks, those that state no compatibilities with the launch types of all services that start them."""
    by_task: dict[str, list[Value]] = {}
    for address, launch in found:
        by_task.setdefault(address, []).append(launch)
    return [
        task if task.compatibilities else replace(task, compatibilities=tuple(by_task.get(address, ())))
        for address, task in tasks.items()
    ]
