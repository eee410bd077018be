"""ECS's task definitions, services and clusters."""

from __future__ import annotations

from ecrlint.adapt import ecs
from ecrlint.adapt.definitions import definitions
from ecrlint.adapt.ecs import containers, containers_of, launches
from ecrlint.adapt.table import ROLE_PROPERTY, TASK, Entries, Presence, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot, items
from ecrlint.model.dataclass import replace
from ecrlint.model.stack import Resource
from ecrlint.model.value import List, Map, Ref, Scalar, Value, is_null, present
from ecrlint.model.workload import Container, Task


def task_definition(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    found, reasons = containers_of(unit, resource, resource.current("container_definitions"))
    stated = get("requires_compatibilities")
    compatibilities = () if stated is None or is_null(stated) else tuple(items(stated))
    unit.draft.tasks[resource.address] = _task(unit, resource, get("family"), found, compatibilities, reasons)


def _task(
    unit: TerraformRoot,
    resource: Resource,
    family: Value | None,
    found: tuple[Container, ...],
    compatibilities: tuple[Value, ...],
    reasons: tuple[str, ...],
) -> Task:
    return Task(
        address=resource.address,
        family=family,
        span=resource.span,
        containers=found,
        execution_role=present(unit.found(resource.current("execution_role_arn"))),
        task_role=present(unit.found(resource.current("task_role_arn"))),
        compatibilities=compatibilities,
        exists=resource.exists,
        open=reasons,
        architecture=_architecture(resource.current("runtime_platform")),
        misspelt=None if "execution_role_arn" in resource.attributes.entries else _misspelt(resource),
    )


def _architecture(blocks: Value | None) -> Value | None:
    """What the block `runtime_platform` asks for."""
    if blocks is None or is_null(blocks):
        return None
    found = [block.get("cpu_architecture") if isinstance(block, Map) else block for block in items(blocks)]
    return present(found[0]) if found and found[0] is not None else None


def _misspelt(resource: Resource) -> tuple[str, Value] | None:
    """The argument whose name is nearly that of the execution role, which Terraform refuses."""
    from difflib import get_close_matches

    found = get_close_matches("execution_role_arn", resource.attributes.entries, n=1, cutoff=0.9)
    return (found[0], resource.attributes.entries[found[0]]) if found else None


def service(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    started = definitions(unit, get("task_definition"), resource)
    strategy = get("capacity_provider_strategy")
    blocks = None if is_null(strategy) else strategy.items if isinstance(strategy, List) and strategy.complete else (None,)
    providers = None if not blocks else [one.get("capacity_provider") if isinstance(one, Map) else None for one in blocks]
    named_cluster = ecs.cluster(get("cluster"), unit.draft.clusters)
    launch = ecs.launch_type(unit, get("launch_type"), providers, resource.span)
    unit.draft.launches.extend(launches(resource, started, launch))
    made = ecs.service(resource, started, launch, named_cluster, providers, unit.draft.capacity_providers)
    assumed = ecs.parked(unit, resource.current("desired_count"), get("scheduling_strategy"))
    unit.draft.services.append(replace(made, assumed=assumed))


def cluster(unit: TerraformRoot, resource: Resource) -> None:
    name = resource.attributes.get("name")
    unit.draft.clusters[resource.address] = Ref(resource.address, "name", resource.span) if name is None else name


def express_service(unit: TerraformRoot, resource: Resource) -> None:
    """A service of ECS Express Mode, which is its own task definition and runs on Fargate."""
    found, reasons = containers(_camel(resource.attributes.get("primary_container")), unit.expand)
    fargate = (Scalar("FARGATE", resource.span),)
    unit.draft.tasks[resource.address] = _task(unit, resource, resource.attributes.get("service_name"), found, fargate, reasons)


def daemon_definition(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    found, reasons = containers(_camel(get("container_definition") or get("container_definitions")), unit.expand)
    unit.draft.tasks[resource.address] = _task(unit, resource, get("family"), found, (), reasons)


_PLURALS = {"secret": "secrets", "environment_file": "environmentFiles", "repository_credentials": "repositoryCredentials"}


def _camel(value: Value | None) -> Value | None:
    """Nested blocks with the names that container definitions have in JSON."""
    match value:
        case List():
            return replace(value, items=tuple(made for item in value.items if (made := _camel(item)) is not None))
        case Map():
            entries = {name: _camel(item) for name, item in value.entries.items()}
            return replace(value, entries={_word(name): item for name, item in entries.items() if item is not None})
        case _:
            return value


def _word(name: str) -> str:
    first, *rest = name.split("_")
    return _PLURALS.get(name, first + "".join(word.capitalize() for word in rest))


_ROLE_ARGUMENT = r"""(?:execution_role_arn|task_role_arn)\"?\s*[=:](?!\s*(?:null\b|\"?\$?\{?\s*aws_iam_role\.))"""
_ASKS: Presence = {**TASK, "role": f"{_ROLE_ARGUMENT}|{ROLE_PROPERTY}"}
_DEFINITIONS = frozenset({"container_definitions"})

ENTRIES: Entries[TerraformRoot] = (
    ResourceType("aws_ecs_task_definition", task_definition, documents=_DEFINITIONS, asks=_ASKS),
    ResourceType("aws_ecs_daemon_task_definition", daemon_definition, documents=_DEFINITIONS, asks=_ASKS),
    ResourceType("aws_ecs_express_gateway_service", express_service, asks=_ASKS),
    ResourceType("data.aws_ecs_task_definition"),
    ResourceType("aws_ecs_cluster", cluster),
    ResourceType("aws_ecs_service", service, ReadingPhase.TIE),
    ResourceType("aws_ecs_task_set", service, ReadingPhase.TIE),
)
