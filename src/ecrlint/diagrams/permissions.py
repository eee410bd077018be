"""The steps that all ways of images have: the workload, the role that pulls, what it is let do, and the repository."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ecrlint.analysis.capability import LOGIN, PULL, Capability, can
from ecrlint.analysis.pullers import lacking_to_pull
from ecrlint.analysis.repositories import named, principal_of
from ecrlint.analysis.trust import trusts
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.request import ANYWHERE, RequestContext
from ecrlint.model.address import short_name
from ecrlint.model.image import in_private_ecr, repository_arn
from ecrlint.model.picture import PathStep, Stage
from ecrlint.model.policy import Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Text, Value, string
from ecrlint.wording.words import listing, quoted

_NAME = r"\.dkr[.-]ecr[^\s/]+/((?:\$\{[^\s{}]+\}|[\w./-])+)"
"""The name of a repository after the host of its registry, with holes as the file writes them."""

_IF_IN_ECR = "whether the image is in ECR is not known"


def workload(kind: str, label: str, exists: Truth, span: Span, words: str = "") -> PathStep:
    """The step of something that runs an image, or starts what does."""
    if exists is not YES:
        return PathStep("workload", f'{kind} "{label}"', MAYBE, span, "whether it is made depends on a condition")
    return PathStep("workload", f'{kind} "{label}"', YES, span, words)


def of_role(stack: Stack, use: str, value: Value, service: str) -> tuple[PathStep, Role | None]:
    """The step of a role that something pulls as, and the role where it is in the stack. `use` is what it is called there."""
    role = stack.role(value)
    if role is None:
        return PathStep("role", f"{use} {quoted(value)}", MAYBE, value.span, "its policies are not in these files"), None
    trusted = trusts(role, service)
    words = {YES: f"trusts {service}", NO: f"does not trust {service}", MAYBE: f"whether it trusts {service} is not known"}
    return PathStep("role", f'{use} "{role.label}"', trusted, role.span, words[trusted]), role


def of(stack: Stack, role: Role, images: Iterable[Value | None], context: RequestContext = ANYWHERE) -> Iterator[PathStep]:
    """What a role is let do: log in, and pull each image; an image of None is one that nobody knows."""
    images = tuple(images)
    login = can(role, LOGIN, context=context)
    needed = any(image is None or in_private_ecr(image) is YES for image in images)
    state = login.truth if needed or login.truth is YES else MAYBE
    yield _step(role, "log in", state, login.by, LOGIN, login.missing, login.because or (_IF_IN_ECR,))
    said: set[str] = set()
    for image in images:
        label = "pull" if image is None else f"pull from {repository_label(stack, image)}"
        if label not in said:
            said.add(label)
            yield _of_pull(stack, role, image, label, context)


def doubted(steps: Iterable[PathStep], why: str) -> tuple[PathStep, ...]:
    """The steps, those that would be broken as not known: something else may do their part, or nothing needs it."""
    return tuple(PathStep(one.kind, one.label, MAYBE, one.span, why) if one.truth is NO and why else one for one in steps)


def unknown(value: Value) -> Iterator[PathStep]:
    """What a role that is not in the stack is let do."""
    for label in ("log in", "pull"):
        yield PathStep("permission", label, MAYBE, value.span, "the role's policies are not in these files")


def _of_pull(stack: Stack, role: Role, image: Value | None, label: str, context: RequestContext) -> PathStep:
    arn = None if image is None else repository_arn(image)
    grant = can(role, PULL, arn, context=context)
    if grant.truth is YES:
        return _step(role, label, YES, grant.by, PULL, (), ())
    beside = _by_repository(stack, role, image, context)
    if beside is not None:
        return PathStep("permission", label, YES, beside, "granted by the repository's policy")
    lacking = tuple(one for one in lacking_to_pull(stack, role, image, context) if one in grant.missing)
    sure = lacking and (image is None or in_private_ecr(image) is YES)
    by_its_policy = "the policy of a repository may let it in" if sure or not lacking else _IF_IN_ECR
    reasons = grant.because if not grant.missing else (by_its_policy,)
    return _step(role, label, NO if sure else MAYBE, grant.by if not grant.missing else (), PULL, lacking, reasons)


def _by_repository(stack: Stack, role: Role, image: Value | None, context: RequestContext) -> Span | None:
    """The policy of a repository of the stack that surely lets a role pull, where nothing of the role's own denies it."""
    repository = None if image is None else named(stack, image)
    if image is None or repository is None or repository.policy is None or role.open or role.boundary is not None:
        return None
    both = (*role.policies, repository.policy)
    grant = can(both, PULL, repository_arn(image), principal=principal_of(role), context=context)
    return repository.policy.span if grant.truth is YES else None


def _step(
    role: Role,
    label: str,
    truth: Truth,
    by: Iterable[Span],
    wanted: Capability,
    missing: tuple[str, ...],
    because: tuple[str, ...],
) -> PathStep:
    span = next((one for one in by if one is not NOWHERE), role.span)
    if truth is YES:
        words = f"the {role.kind} is granted {listing(wanted.actions)}"
    elif truth is NO:
        words = f"the {role.kind} is not granted {listing(missing)}"
    else:
        words = f"not known whether {listing(missing or wanted.actions)} is granted: {'; '.join(because[:2])}".removesuffix(": ")
    return PathStep("permission", label, truth, span, words)


def repository_label(stack: Stack, image: Value) -> str:
    """How an image's repository is called: by its name in the stack, otherwise by what the reference says."""
    repository = named(stack, image)
    if repository is not None:
        return f'"{string(repository.name) or short_name(repository.address, repository.span)}"'
    text = string(image) or (image.span.text if isinstance(image, Text) else "")
    found = re.search(_NAME, text) if in_private_ecr(image) is YES else None
    return quoted(image) if found is None else f'"{found[1]}"'


def repositories(stack: Stack, images: Iterable[Value]) -> Stage:
    """The last stage: where the images are."""
    found: dict[str, PathStep] = {}
    for image in images:
        label = repository_label(stack, image)
        found.setdefault(label, _repository(stack, image, label))
    return Stage("from", tuple(found.values()))


def _repository(stack: Stack, image: Value, label: str) -> PathStep:
    repository, private = named(stack, image), in_private_ecr(image)
    if repository is not None:
        return PathStep("repository", f"repository {label}", YES, repository.span, f"image {quoted(image)}")
    if private is YES:
        return PathStep("repository", f"repository {label}", MAYBE, image.span, "it is not in these files")
    return PathStep("repository", f"image {label}", MAYBE, image.span, "whether it is in ECR is not known")
