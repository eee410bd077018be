"""The way of the images of Lambda, App Runner, CodeBuild and other services that pull outside of the user's network."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import PULL
from ecrlint.analysis.managed import images_of, may_pull_as_service
from ecrlint.analysis.repositories import lets_service_in, named
from ecrlint.diagrams import permissions
from ecrlint.iam.request import segment
from ecrlint.model.image import in_private_ecr, repository_arn
from ecrlint.model.picture import PathStep, Picture, Stage
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.value import Value, is_null, string
from ecrlint.model.workload import Function, ManagedWorkload, Project, WebService

_LAMBDA, _BUILDS, _CODEBUILD = "lambda.amazonaws.com", "build.apprunner.amazonaws.com", "codebuild.amazonaws.com"


def functions(stack: Stack) -> Iterator[Picture]:
    """Functions that are container images: Lambda pulls as itself, and the repository's policy lets it in."""
    for function in stack.functions:
        if function.exists is NO or in_private_ecr(function.image) is NO:
            continue
        as_service = PathStep("role", f"the service {_LAMBDA}", YES, function.span)
        last = permissions.repositories(stack, (function.image,))
        region, own = _part(function.image, 3), string(function.region)
        if region is not None and own is not None and region != own:
            words = f"the function is in {own} and its image in {region}"
            last = Stage(last.title, (PathStep("repository", last.steps[0].label, NO, function.image.span, words),))
        yield _picture("function", function, (as_service,), (_of_lambda(stack, function),), last)


def _of_lambda(stack: Stack, function: Function) -> PathStep:
    repository = named(stack, function.image)
    if repository is None:
        return PathStep(
            "permission", "pull", MAYBE, function.image.span, "what the repository's policy says is not in these files"
        )
    policy = repository.policy
    lets = NO if policy is None else lets_service_in(policy, _LAMBDA, PULL.actions)
    if policy is not None and lets is not NO:
        words = f"the repository's policy lets {_LAMBDA} in" if lets is YES else "what the repository's policy says is not known"
        return PathStep("permission", "pull", lets, policy.span, words)
    own = string(function.account)
    owner = None if repository.arn is None else segment(repository.arn, 4)
    abroad = own is not None and owner is not None and string(owner) not in (None, own)
    more = "and it is of another account" if abroad else "and Lambda adds one only where who deploys may set it"
    words = f"the repository has no policy that lets {_LAMBDA} in, {more}"
    return PathStep("permission", "pull", NO if abroad else MAYBE, repository.span if policy is None else policy.span, words)


def web_services(stack: Stack) -> Iterator[Picture]:
    """Services of App Runner, which pulls as their access role."""
    for service in stack.web_services:
        if service.exists is NO or service.private is NO:
            continue
        value = service.access_role
        may: tuple[PathStep, ...] = ()
        if value is None:
            missing = NO if service.private is YES else MAYBE
            step = PathStep("role", "no access role", missing, service.image.span, "App Runner pulls an image of ECR with one")
        else:
            step, role = permissions.of_role(stack, "access role", value, _BUILDS)
            may = tuple(permissions.unknown(value) if role is None else permissions.of(stack, role, (service.image,)))
        yield _picture("service", service, (step,), may, permissions.repositories(stack, (service.image,)))


_ASSUMES = {
    "SageMaker model": "sagemaker.amazonaws.com",
    "AgentCore runtime": "bedrock-agentcore.amazonaws.com",
    "Elastic Beanstalk environment": "ec2.amazonaws.com",
}


def managed(stack: Stack) -> Iterator[Picture]:
    """Models of SageMaker, runtimes of AgentCore and environments of Elastic Beanstalk, each pulled as a role of the user's."""
    for workload in stack.managed:
        stated = (image for image in workload.images if in_private_ecr(image) is not NO)
        images = images_of(stack, workload) if workload.bundled else tuple(stated)
        if workload.exists is not NO and images:
            step, role = permissions.of_role(stack, "role", workload.role, _ASSUMES[workload.kind])
            may = tuple(permissions.unknown(workload.role) if role is None else permissions.of(stack, role, images))
            if may_pull_as_service(stack, workload):
                may = permissions.doubted(may, "a repository lets SageMaker in as a service")
            if workload.bundled:
                may = permissions.doubted(may, "which application version it runs is not in these files")
            yield _picture(workload.kind, workload, (step,), may, permissions.repositories(stack, images))


def projects(stack: Stack) -> Iterator[Picture]:
    """Builds of CodeBuild that run in an image of ECR: it is pulled as their role, or as the service."""
    for project in stack.projects:
        if project.exists is NO or in_private_ecr(project.image) is not YES:
            continue
        stated = string(project.credentials)
        may: tuple[PathStep, ...] = ()
        if stated == "SERVICE_ROLE" and project.role is not None:
            step, role = permissions.of_role(stack, "service role", project.role, _CODEBUILD)
            may = tuple(permissions.unknown(project.role) if role is None else permissions.of(stack, role, (project.image,)))
        elif is_null(project.credentials) or stated == "CODEBUILD":
            step = PathStep("role", f"the service {_CODEBUILD}", YES, project.span)
            may = (_of_codebuild(stack, project),)
        else:
            step = PathStep("role", "the project's role or the service", MAYBE, project.span, "which of them pulls is not known")
        yield _picture("project", project, (step,), may, permissions.repositories(stack, (project.image,)))


def _of_codebuild(stack: Stack, project: Project) -> PathStep:
    owner, repository = _part(project.image, 4), named(stack, project.image)
    if owner is not None and string(project.account) not in (None, owner):
        words = f"the service reaches only its own account, and the image is in {owner}"
        return PathStep("permission", "pull", NO, project.image.span, words)
    if repository is None:
        return PathStep(
            "permission", "pull", MAYBE, project.image.span, "what the repository's policy says is not in these files"
        )
    if repository.policy is None:
        words = f"the repository has no policy here that lets {_CODEBUILD} in"
        return PathStep("permission", "pull", MAYBE, repository.span, words)
    lets = lets_service_in(repository.policy, _CODEBUILD, PULL.actions)
    said = {YES: "lets", NO: "does not let", MAYBE: "may let"}[lets]
    return PathStep("permission", "pull", lets, repository.policy.span, f"the repository's policy {said} {_CODEBUILD} in")


def _part(image: Value, index: int) -> str | None:
    """A part of the ARN that an image's reference gives: 3 is the region, 4 the account."""
    arn = repository_arn(image) if in_private_ecr(image) is YES else None
    part = None if arn is None else segment(arn, index)
    return None if part is None else string(part)


def _picture(
    kind: str,
    it: Function | WebService | ManagedWorkload | Project,
    pulls_as: tuple[PathStep, ...],
    may: tuple[PathStep, ...],
    last: Stage,
) -> Picture:
    first = Stage("runs", (permissions.workload(kind, it.label, it.exists, it.span),))
    stages = (first, Stage("pulls as", pulls_as), *((Stage("may", may),) if may else ()), last)
    return Picture(kind, it.label, it.address, it.span, stages)
