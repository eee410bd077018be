"""AWS Batch: job definitions, queues and compute environments."""

from __future__ import annotations

from ecrlint.adapt.batch import Properties, add_environment, jobs, public_ip
from ecrlint.adapt.cloudformation.template import CloudFormationTemplate, items
from ecrlint.adapt.cloudformation.vpc import name
from ecrlint.adapt.interfaces import interface
from ecrlint.adapt.job_queues import EnvironmentDraft, QueueDraft
from ecrlint.adapt.table import ROLE_PROPERTY, TASK, Entries, ReadingPhase, ResourceType
from ecrlint.model.stack import Resource
from ecrlint.model.truth import NO
from ecrlint.model.value import Map, Value, present, string


def job_definition(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    container, ecs = present(get("ContainerProperties")), present(get("EcsProperties"))
    stated = Properties(get("JobDefinitionName"), container, ecs, get("PlatformCapabilities"), resource.span)
    for job in jobs(resource, stated, unit.expand):
        unit.draft.tasks[resource.address] = job
        unit.draft.batch.public_ips[resource.address] = public_ip(stated)


def compute_environment(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    resources = _map(get("ComputeResources"))
    if resources is None or resource.exists is NO:
        return
    profile = present(resources.get("InstanceRole"))
    overrides = (one.get("ImageIdOverride") if isinstance(one, Map) else one for one in items(resources.get("Ec2Configuration")))
    images = [resources.get("ImageId"), *overrides]
    environment = EnvironmentDraft(
        resource=resource,
        name=present(get("ComputeEnvironmentName")),
        kind=resources.get("Type") if (string(get("Type")) or "").upper() == "MANAGED" else None,
        interface=interface(present(resources.get("Subnets")), present(resources.get("SecurityGroupIds")), name),
        role=unit.role_of_profile(profile),
        plain=all(present(image) is None for image in images),
    )
    add_environment(unit.draft, environment, _map(resources.get("LaunchTemplate")), profile)


def queue(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    order = list(items(get("ComputeEnvironmentOrder")))
    named = [one.get("ComputeEnvironment") if isinstance(one, Map) else None for one in order]
    unit.draft.batch.queues[resource.address] = QueueDraft(resource, present(get("JobQueueName")), named or [None])


def _map(value: Value | None) -> Map | None:
    """An object that is stated; one without properties for what is not known."""
    value = present(value)
    return value if value is None or isinstance(value, Map) else Map({}, value.span, complete=False)


ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType("AWS::Batch::JobDefinition", job_definition, asks={**TASK, "role": ROLE_PROPERTY}),
    ResourceType("AWS::Batch::JobQueue", queue),
    ResourceType("AWS::Batch::ComputeEnvironment", compute_environment, ReadingPhase.TIE),
)
