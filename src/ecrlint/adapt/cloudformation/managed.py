"""What services of AWS run from images that they pull as a role, as CloudFormation has it."""

from __future__ import annotations

from ecrlint.adapt import beanstalk
from ecrlint.adapt.cloudformation.template import CloudFormationTemplate, items
from ecrlint.adapt.table import MACHINES, PULL, Entries, ReadingPhase, ResourceType
from ecrlint.model.stack import Resource
from ecrlint.model.value import Map, Ref, Value, present
from ecrlint.model.workload import ManagedWorkload


def model(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    containers = (one for value in (get("PrimaryContainer"), get("Containers")) for one in items(value) if isinstance(one, Map))
    images = tuple(unit.expand(image) for one in containers if (image := present(one.get("Image"))) is not None)
    role = present(get("ExecutionRoleArn"))
    if role is not None and images:
        made = ManagedWorkload(resource.address, "SageMaker model", resource.span, images, role, role.span, resource.exists)
        unit.draft.managed.append(made)


def runtime(unit: CloudFormationTemplate, resource: Resource) -> None:
    artifact = resource.attributes.get("AgentRuntimeArtifact")
    configuration = artifact.get("ContainerConfiguration") if isinstance(artifact, Map) else None
    image = present(configuration.get("ContainerUri")) if isinstance(configuration, Map) else None
    role = present(resource.attributes.get("RoleArn"))
    if role is not None and image is not None:
        images = (unit.expand(image),)
        made = ManagedWorkload(resource.address, "AgentCore runtime", resource.span, images, role, role.span, resource.exists)
        unit.draft.managed.append(made)


def environment(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    named = present(get("TemplateName"))
    template = None if named is None else _template(unit, named)
    settings = _settings(resource)
    profile, place = beanstalk.instance_profile(settings, None if template is None else _settings(template))
    role = unit.role_of_profile(profile)
    platforms = [get("SolutionStackName"), get("PlatformArn")]
    if template is not None:
        platforms += [template.attributes.get("SolutionStackName"), template.attributes.get("PlatformArn")]
    if role is not None and place is not None and beanstalk.runs_containers(*platforms):
        images = tuple(map(unit.expand, beanstalk.images(settings)))
        unit.draft.managed.append(beanstalk.environment(resource, images, role, place))


def _settings(resource: Resource) -> beanstalk.OptionSettings:
    return beanstalk.OptionSettings(resource.attributes.get("OptionSettings"), "Namespace", "OptionName")


def _template(unit: CloudFormationTemplate, named: Value) -> Resource | None:
    """The configuration template that a value refers to."""
    found = unit.resources.get(named.address) if isinstance(named, Ref) else None
    return found if found is not None and found.type == _TEMPLATE else None


_TEMPLATE = "AWS::ElasticBeanstalk::ConfigurationTemplate"

ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType("AWS::SageMaker::Model", model, asks=PULL),
    ResourceType("AWS::BedrockAgentCore::Runtime", runtime, asks=PULL),
    ResourceType("AWS::ElasticBeanstalk::Environment", environment, ReadingPhase.REST, asks=MACHINES),
    ResourceType(_TEMPLATE),
)
