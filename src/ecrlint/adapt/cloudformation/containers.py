"""ECS's task definitions, services and clusters."""

from __future__ import annotations

from ecrlint.adapt import ecs
from ecrlint.adapt.cloudformation.template import CloudFormationTemplate, items
from ecrlint.adapt.definitions import definitions
from ecrlint.adapt.ecs import container, containers_of, launches
from ecrlint.adapt.table import ROLE_PROPERTY, TASK, Entries, Presence, ReadingPhase, ResourceType
from ecrlint.model.dataclass import replace
from ecrlint.model.stack import Resource
from ecrlint.model.value import Map, Ref, Scalar, Value, present
from ecrlint.model.workload import Container, Task


def task_definition(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    found, reasons = containers_of(unit, resource, get("ContainerDefinitions"))
    compatibilities = tuple(items(get("RequiresCompatibilities")))
    unit.draft.tasks[resource.address] = _task(resource, get("Family"), found, compatibilities, reasons)


def express_service(unit: CloudFormationTemplate, resource: Resource) -> None:
    """A service of ECS Express Mode, which is its own task definition and runs on Fargate."""
    get = resource.attributes.get
    primary = get("PrimaryContainer")
    one = (container(primary, unit.expand),) if isinstance(primary, Map) else ()
    unit.draft.tasks[resource.address] = _task(resource, get("ServiceName"), one, (Scalar("FARGATE", resource.span),), ())


def _task(
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
        execution_role=present(resource.attributes.get("ExecutionRoleArn")),
        task_role=present(resource.attributes.get("TaskRoleArn")),
        compatibilities=compatibilities,
        exists=resource.exists,
        open=reasons,
        architecture=_architecture(resource.attributes.get("RuntimePlatform")),
    )


def _architecture(platform: Value | None) -> Value | None:
    return present(platform.get("CpuArchitecture")) if isinstance(platform, Map) else present(platform)


def service(unit: CloudFormationTemplate, resource: Resource) -> None:
    started = definitions(unit, resource.attributes.get("TaskDefinition"), resource)
    strategy = resource.attributes.get("CapacityProviderStrategy")
    blocks = list(items(strategy))
    providers = [one.get("CapacityProvider") if isinstance(one, Map) else None for one in blocks] if blocks else None
    named_cluster = ecs.cluster(resource.attributes.get("Cluster"), unit.draft.clusters)
    launch = ecs.launch_type(unit, present(resource.attributes.get("LaunchType")), providers, resource.span)
    unit.draft.launches.extend(launches(resource, started, launch))
    made = ecs.service(resource, started, launch, named_cluster, providers, unit.draft.capacity_providers)
    assumed = ecs.parked(unit, resource.attributes.get("DesiredCount"), resource.attributes.get("SchedulingStrategy"))
    unit.draft.services.append(replace(made, assumed=assumed))


def cluster(unit: CloudFormationTemplate, resource: Resource) -> None:
    name = resource.attributes.get("ClusterName")
    unit.draft.clusters[resource.address] = Ref(resource.address, "Ref", resource.span) if name is None else name


_ASKS: Presence = {**TASK, "role": ROLE_PROPERTY}

ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType("AWS::ECS::TaskDefinition", task_definition, asks=_ASKS),
    ResourceType("AWS::ECS::DaemonTaskDefinition", task_definition, asks=_ASKS),
    ResourceType("AWS::ECS::ExpressGatewayService", express_service, asks=_ASKS),
    ResourceType("AWS::ECS::Cluster", cluster),
    ResourceType("AWS::ECS::Service", service, ReadingPhase.TIE),
    ResourceType("AWS::ECS::TaskSet", service, ReadingPhase.TIE),
)
