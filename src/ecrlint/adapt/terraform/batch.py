"""AWS Batch: job definitions, queues and compute environments."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.adapt.batch import Properties, add_environment, jobs, public_ip
from ecrlint.adapt.interfaces import interface
from ecrlint.adapt.job_queues import EnvironmentDraft, QueueDraft
from ecrlint.adapt.table import ROLE_PROPERTY, TASK, Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot, items
from ecrlint.adapt.terraform.vpc import name
from ecrlint.model.dataclass import replace
from ecrlint.model.stack import Resource
from ecrlint.model.truth import NO
from ecrlint.model.value import Map, Unknown, Value, is_null, present, string


def job_definition(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    container, ecs = get("container_properties"), get("ecs_properties")
    stated = Properties(get("name"), container, ecs, get("platform_capabilities"), resource.span)
    for job in jobs(resource, stated, unit.expand):
        execution_role, task_role = (unit.found(role) for role in (job.execution_role, job.task_role))
        unit.draft.tasks[resource.address] = replace(job, execution_role=execution_role, task_role=task_role)
        unit.draft.batch.public_ips[resource.address] = public_ip(stated)


def compute_environment(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    block = _block(get("compute_resources"))
    if block is None or resource.exists is NO:
        return
    template, profile = _block(block.get("launch_template")), present(block.get("instance_role"))
    images = [block.get("image_id"), *(one.get("image_id_override") for one in _blocks(block.get("ec2_configuration")))]
    environment = EnvironmentDraft(
        resource=resource,
        name=present(get("compute_environment_name")) or present(get("name")),
        kind=block.get("type") if (string(get("type")) or "").upper() == "MANAGED" else None,
        interface=interface(block.get("subnets"), block.get("security_group_ids"), name),
        role=unit.found(unit.role_of_profile(profile)),
        plain=all(present(image) is None for image in images),
    )
    add_environment(unit.draft, environment, template, profile)


def queue(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    named = [one.get("compute_environment") for one in _blocks(get("compute_environment_order"))]
    listed = get("compute_environments")
    if listed is not None and not is_null(listed):
        named += [None if isinstance(item, Unknown) else item for item in items(listed)]
    unit.draft.batch.queues[resource.address] = QueueDraft(resource, present(get("name")), named or [None])


def _blocks(value: Value | None) -> Iterator[Map]:
    """The nested blocks of a kind; one without arguments for what is not known."""
    for item in () if value is None or is_null(value) else items(value):
        yield item if isinstance(item, Map) else Map({}, item.span, complete=False)


def _block(value: Value | None) -> Map | None:
    return next(_blocks(value), None)


_DOCUMENTS = frozenset({"container_properties", "ecs_properties"})

ENTRIES: Entries[TerraformRoot] = (
    ResourceType("aws_batch_job_definition", job_definition, documents=_DOCUMENTS, asks={**TASK, "role": ROLE_PROPERTY}),
    ResourceType("data.aws_batch_job_definition"),
    ResourceType("aws_batch_job_queue", queue),
    ResourceType("aws_batch_compute_environment", compute_environment, ReadingPhase.TIE),
)
