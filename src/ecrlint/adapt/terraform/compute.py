"""What pulls images beside ECS: functions, builds, App Runner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecrlint.adapt.services import PRIVATE, architecture
from ecrlint.adapt.table import JOBS, PULL, Entries, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.address import DEPLOYMENT
from ecrlint.model.image import in_private_ecr
from ecrlint.model.stack import Resource
from ecrlint.model.value import List, Map, Ref, Unknown, Value, is_null, string
from ecrlint.model.workload import Function, Project, WebService

if TYPE_CHECKING:
    from ecrlint.model.job import Job


def function(unit: TerraformRoot, resource: Resource) -> None:
    image = resource.attributes.get("image_uri")
    if image is not None and not is_null(image):
        region, account = (_place(unit, part, resource) for part in ("region", "account_id"))
        made = Function(
            resource.address,
            resource.span,
            unit.expand(image),
            region,
            account,
            resource.exists,
            architecture(resource.current("architectures")),
        )
        unit.draft.functions.append(made)


def project(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    environment, source = _block(get("environment")), _block(get("source"))
    image = None if environment is None else environment.get("image")
    if environment is None or image is None:
        return
    servers = [environment.get(name) for name in ("docker_server", "fleet")]
    made = Project(
        address=resource.address,
        span=resource.span,
        image=unit.expand(image),
        kind=environment.get("type"),
        credentials=environment.get("image_pull_credentials_type"),
        privileged=environment.get("privileged_mode"),
        role=get("service_role"),
        account=_place(unit, "account_id", resource),
        has_daemon=any(not _is_empty(server) for server in servers) or _sets_host(environment.get("environment_variable")),
        exists=resource.exists,
    )
    made, builds = (made, ()) if source is None else _with_builds(unit, resource, made, source, environment)
    unit.draft.projects.append(made)
    unit.draft.jobs.extend(builds)


def _with_builds(
    unit: TerraformRoot, resource: Resource, made: Project, source: Map, environment: Map
) -> tuple[Project, tuple[Job, ...]]:
    from ecrlint.adapt.builds import BuildSource, variable, with_builds

    stated = BuildSource(source.get("type"), source.get("location"), source.get("buildspec"))
    blocks = environment.get("environment_variable")
    variables = (block for block in blocks.items if isinstance(block, Map)) if isinstance(blocks, List) else ()
    given = {
        name: unit.expand(variable(block.get("type"), block.get("value"), block.span))
        for block in variables
        if (name := string(block.get("name")))
    }
    return with_builds(made, stated, given, _place(unit, "region", resource), unit.scripts)


def web_service(unit: TerraformRoot, resource: Resource) -> None:
    source = _block(resource.attributes.get("source_configuration"))
    repository = None if source is None else _block(source.get("image_repository"))
    image = None if repository is None else repository.get("image_identifier")
    if source is None or repository is None or image is None:
        return
    image = unit.expand(image)
    made = WebService(
        address=resource.address,
        span=resource.span,
        image=image,
        private=PRIVATE.get(string(repository.get("image_repository_type")) or "", in_private_ecr(image)),
        access_role=unit.found(_in_block(source.get("authentication_configuration"), "access_role_arn")),
        instance_role=unit.found(_in_block(resource.attributes.get("instance_configuration"), "instance_role_arn")),
        exists=resource.exists,
    )
    unit.draft.web_services.append(made)


def _sets_host(variables: Value | None) -> bool:
    """Whether a build is told of a Docker daemon elsewhere, or may be."""
    for item in variables.items if isinstance(variables, List) else ():
        if not isinstance(item, Map) or string(item.get("name")) in ("DOCKER_HOST", None):
            return True
    return variables is not None and not is_null(variables) and not (isinstance(variables, List) and variables.complete)


def _place(unit: TerraformRoot, part: str, resource: Resource) -> Value:
    """The region or the account (`account_id`) that a resource is deployed to."""
    return unit.place(Ref(DEPLOYMENT, part, resource.span), resource)


def _block(value: Value | None) -> Map | None:
    """The one nested block of a kind; None where there is none, or it is not known."""
    first = value.items[0] if isinstance(value, List) and value.items else value
    return first if isinstance(first, Map) else None


def _in_block(value: Value | None, name: str) -> Value | None:
    """An argument of the one nested block of a kind; None where there surely is none, or it is empty."""
    if value is None or _is_empty(value):
        return None
    block = _block(value)
    found = Unknown(f"{name} is in a block that is not known", value.span) if block is None else block.get(name)
    return None if is_null(found) or string(found) == "" else found


def _is_empty(value: Value | None) -> bool:
    """Whether there is surely no nested block of a kind."""
    return is_null(value) or (isinstance(value, List) and not value.items and value.complete)


ENTRIES: Entries[TerraformRoot] = (
    ResourceType("aws_lambda_function", function),
    ResourceType("aws_codebuild_project", project, scripts=frozenset({"buildspec"}), asks={**PULL, **JOBS}),
    ResourceType("aws_apprunner_service", web_service, asks=PULL),
)
