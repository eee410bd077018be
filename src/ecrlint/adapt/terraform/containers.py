"""Repositories, and the ECS tasks that pull from them."""

from __future__ import annotations

from dataclasses import replace

from ecrlint.adapt import ecs
from ecrlint.adapt.ecs import containers, launches
from ecrlint.adapt.policy import policy
from ecrlint.adapt.terraform.unit import Unit, items, same_name
from ecrlint.model.stack import Repository, Resource
from ecrlint.model.value import List, Map, Ref, Unknown, Value, is_null, string
from ecrlint.model.workload import Task


def repository(unit: Unit, resource: Resource) -> None:
    name = resource.attributes.get("name") or Ref(resource.address, "name", resource.span)
    arn = unit.expand(Ref(resource.address, "arn", resource.span))
    unit.repositories[resource.address] = Repository(resource.address, name, resource.span, arn=arn)


def repository_policy(unit: Unit, resource: Resource) -> None:
    document = resource.attributes.get("policy") or Unknown("it has no policy", resource.span)
    made = policy(document, "repository", resource.address, unit.expand)
    target = resource.attributes.get("repository") or Unknown("it names no repository", resource.span)
    for address, repository in unit.repositories.items():
        if (isinstance(target, Ref) and target.address == address) or same_name(target, repository.name):
            unit.repositories[address] = replace(repository, policy=made)
            return
    unit.repositories[resource.address] = Repository(resource.address, target, resource.span, made)


def log_group(unit: Unit, resource: Resource) -> None:
    unit.log_groups.append(resource.attributes.get("name") or Ref(resource.address, "name", resource.span))


def secret(unit: Unit, resource: Resource) -> None:
    if not is_null(resource.attributes.get("policy")):
        unit.with_policies.add("secretsmanager")


def resource_policy(unit: Unit, resource: Resource) -> None:
    unit.with_policies.add("s3" if resource.type.startswith("aws_s3_") else "secretsmanager")


def task_definition(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    found, reasons = containers(get("container_definitions"), unit.expand)
    compatibilities = get("requires_compatibilities")
    unit.tasks[resource.address] = Task(
        address=resource.address,
        family=get("family"),
        span=resource.span,
        containers=found,
        execution_role=_present(unit.found(get("execution_role_arn"))),
        task_role=_present(unit.found(get("task_role_arn"))),
        compatibilities=() if compatibilities is None or is_null(compatibilities) else tuple(items(compatibilities)),
        exists=resource.exists,
        open=reasons,
    )


def _present(value: Value | None) -> Value | None:
    return None if is_null(value) or string(value) == "" else value


def service(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    unit.launches.extend(launches(resource, get("task_definition"), get("launch_type")))
    strategy = get("capacity_provider_strategy")
    blocks = None if is_null(strategy) else strategy.items if isinstance(strategy, List) and strategy.complete else (None,)
    providers = None if not blocks else [one.get("capacity_provider") if isinstance(one, Map) else None for one in blocks]
    named_cluster = ecs.cluster(get("cluster"), unit.clusters)
    made = ecs.service(resource, get("task_definition"), get("launch_type"), named_cluster, providers, unit.hosts.providers)
    unit.services.append(made)


def cluster(unit: Unit, resource: Resource) -> None:
    name = resource.attributes.get("name")
    unit.clusters[resource.address] = Ref(resource.address, "name", resource.span) if name is None else name
