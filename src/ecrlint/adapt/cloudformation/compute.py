"""What pulls images beside ECS, as CloudFormation has it: functions, builds, App Runner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate, items
from ecrlint.adapt.services import PRIVATE, architecture
from ecrlint.adapt.table import JOBS, PULL, Entries, ReadingPhase, ResourceType
from ecrlint.model.address import DEPLOYMENT
from ecrlint.model.image import in_private_ecr
from ecrlint.model.stack import Resource
from ecrlint.model.value import Map, Ref, Unknown, Value, is_null, present, string
from ecrlint.model.workload import Function, Project, WebService

if TYPE_CHECKING:
    from ecrlint.model.job import Job


def function(unit: CloudFormationTemplate, resource: Resource) -> None:
    code = resource.attributes.get("Code")
    image = present(code.get("ImageUri") if isinstance(code, Map) else resource.attributes.get("ImageUri"))
    if image is not None:
        region, account = (unit.expand(Ref(DEPLOYMENT, part, resource.span)) for part in ("region", "account_id"))
        made = Function(
            resource.address,
            resource.span,
            unit.expand(image),
            region,
            account,
            resource.exists,
            architecture(resource.attributes.get("Architectures")),
        )
        unit.draft.functions.append(made)


def project(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    environment, source = get("Environment"), get("Source")
    image = environment.get("Image") if isinstance(environment, Map) else None
    if not isinstance(environment, Map) or image is None:
        return
    servers = [present(environment.get(name)) for name in ("DockerServer", "Fleet")]
    made = Project(
        address=resource.address,
        span=resource.span,
        image=unit.expand(image),
        kind=environment.get("Type"),
        credentials=present(environment.get("ImagePullCredentialsType")),
        privileged=present(environment.get("PrivilegedMode")),
        role=get("ServiceRole"),
        account=unit.expand(Ref(DEPLOYMENT, "account_id", resource.span)),
        has_daemon=any(servers) or _sets_host(environment.get("EnvironmentVariables")),
        exists=resource.exists,
    )
    made, builds = _with_builds(unit, resource, made, source, environment) if isinstance(source, Map) else (made, ())
    unit.draft.projects.append(made)
    unit.draft.jobs.extend(builds)


def _with_builds(
    unit: CloudFormationTemplate, resource: Resource, made: Project, source: Map, environment: Map
) -> tuple[Project, tuple[Job, ...]]:
    from ecrlint.adapt.builds import BuildSource, variable, with_builds

    stated = BuildSource(source.get("Type"), source.get("Location"), source.get("BuildSpec"))
    variables = (item for item in items(environment.get("EnvironmentVariables")) if isinstance(item, Map))
    given = {
        name: unit.expand(variable(item.get("Type"), item.get("Value"), item.span))
        for item in variables
        if (name := string(item.get("Name")))
    }
    return with_builds(made, stated, given, unit.expand(Ref(DEPLOYMENT, "region", resource.span)), unit.scripts)


def web_service(unit: CloudFormationTemplate, resource: Resource) -> None:
    source = resource.attributes.get("SourceConfiguration")
    repository = source.get("ImageRepository") if isinstance(source, Map) else None
    image = repository.get("ImageIdentifier") if isinstance(repository, Map) else None
    if not isinstance(source, Map) or not isinstance(repository, Map) or image is None:
        return
    image = unit.expand(image)
    made = WebService(
        address=resource.address,
        span=resource.span,
        image=image,
        private=PRIVATE.get(string(repository.get("ImageRepositoryType")) or "", in_private_ecr(image)),
        access_role=_inside(source.get("AuthenticationConfiguration"), "AccessRoleArn"),
        instance_role=_inside(resource.attributes.get("InstanceConfiguration"), "InstanceRoleArn"),
        exists=resource.exists,
    )
    unit.draft.web_services.append(made)


def _inside(value: Value | None, name: str) -> Value | None:
    """A property of an object; None where there surely is none."""
    if value is None or is_null(value):
        return None
    return present(
        value.get(name) if isinstance(value, Map) else Unknown(f"{name} is in an object that is not known", value.span)
    )


def _sets_host(variables: Value | None) -> bool:
    """Whether a build is told of a Docker daemon elsewhere, or may be."""
    return any(not isinstance(item, Map) or string(item.get("Name")) in ("DOCKER_HOST", None) for item in items(variables))


ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType("AWS::Lambda::Function", function),
    ResourceType("AWS::Serverless::Function", function, ReadingPhase.REST),
    ResourceType("AWS::CodeBuild::Project", project, scripts=frozenset({"BuildSpec"}), asks={**PULL, **JOBS}),
    ResourceType("AWS::AppRunner::Service", web_service, asks=PULL),
)
