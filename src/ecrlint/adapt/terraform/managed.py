"""What services of AWS run from images that they pull as a role: SageMaker, Bedrock AgentCore, Elastic Beanstalk."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.adapt import beanstalk
from ecrlint.adapt.table import MACHINES, PULL, Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.stack import Resource
from ecrlint.model.value import List, Map, Ref, Value, present, string
from ecrlint.model.workload import ManagedWorkload


def model(unit: TerraformRoot, resource: Resource) -> None:
    blocks = (block for name in ("primary_container", "container") for block in _blocks(resource.attributes.get(name)))
    images = tuple(unit.expand(image) for block in blocks if (image := present(block.get("image"))) is not None)
    role = unit.found(present(resource.attributes.get("execution_role_arn")))
    if role is not None and images:
        made = ManagedWorkload(resource.address, "SageMaker model", resource.span, images, role, role.span, resource.exists)
        unit.draft.managed.append(made)


def runtime(unit: TerraformRoot, resource: Resource) -> None:
    configurations = (
        configuration
        for artifact in _blocks(resource.attributes.get("agent_runtime_artifact"))
        for configuration in _blocks(artifact.get("container_configuration"))
    )
    images = tuple(unit.expand(image) for one in configurations if (image := present(one.get("container_uri"))) is not None)
    role = unit.found(present(resource.attributes.get("role_arn")))
    if role is not None and images:
        made = ManagedWorkload(resource.address, "AgentCore runtime", resource.span, images, role, role.span, resource.exists)
        unit.draft.managed.append(made)


def environment(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    named = present(get("template_name"))
    template = None if named is None else _template(unit, named)
    settings = _settings(resource)
    of_template = None if template is None else _settings(template)
    profile, place = beanstalk.instance_profile(settings, of_template)
    role = unit.found(unit.role_of_profile(profile))
    platforms = [get("solution_stack_name"), get("platform_arn")]
    if template is not None:
        platforms += [template.attributes.get("solution_stack_name"), template.attributes.get("platform_arn")]
    if role is not None and place is not None and beanstalk.runs_containers(*(_looked_up(unit, one) for one in platforms)):
        images = tuple(map(unit.expand, beanstalk.images(settings)))
        unit.draft.managed.append(beanstalk.environment(resource, images, role, place))


def _settings(resource: Resource) -> beanstalk.OptionSettings:
    return beanstalk.OptionSettings(resource.attributes.get("setting"), "namespace", "name")


def _template(unit: TerraformRoot, named: Value) -> Resource | None:
    """The configuration template that a value refers to, or names."""
    if isinstance(named, Ref):
        found = unit.resources.get(named.address)
        return found if found is not None and found.type == _TEMPLATE else None
    text = string(named)
    alike = [
        one for one in unit.resources.values() if one.type == _TEMPLATE and text and string(one.attributes.get("name")) == text
    ]
    return alike[0] if len(alike) == 1 else None


def _looked_up(unit: TerraformRoot, platform: Value | None) -> Value | None:
    """A platform that a data source looks up, by the words that it is looked up by."""
    found = unit.resources.get(platform.address) if isinstance(platform, Ref) else None
    if found is not None and found.type == "data.aws_elastic_beanstalk_solution_stack":
        return found.attributes.get("name_regex")
    return platform


def _blocks(value: Value | None) -> Iterator[Map]:
    """The nested blocks of a kind that are known."""
    yield from (item for item in (value.items if isinstance(value, List) else (value,)) if isinstance(item, Map))


_TEMPLATE = "aws_elastic_beanstalk_configuration_template"

ENTRIES: Entries[TerraformRoot] = (
    ResourceType("aws_sagemaker_model", model, asks=PULL),
    ResourceType("data.aws_sagemaker_prebuilt_ecr_image"),
    ResourceType("aws_bedrockagentcore_agent_runtime", runtime, asks=PULL),
    ResourceType("aws_elastic_beanstalk_environment", environment, ReadingPhase.REST, asks=MACHINES),
    ResourceType(_TEMPLATE),
    ResourceType("data.aws_elastic_beanstalk_solution_stack"),
)
