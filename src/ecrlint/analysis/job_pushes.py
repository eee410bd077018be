"""What jobs push, to which registry and repository, and which repositories of the files these are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from ecrlint.analysis.memory import once
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.request import segment
from ecrlint.model.dataclass import dataclass
from ecrlint.model.image import PUBLIC_REGISTRY, in_private_ecr, repository_arn
from ecrlint.model.job import Builder, Job, Step
from ecrlint.model.script import Build, CreateRepository, Push, Tag
from ecrlint.model.source import Span
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import MAYBE, YES, Truth, truth
from ecrlint.model.value import Scalar, Text, Value, join, pieces, same, string
from ecrlint.model.workload import Function, Task

_FIRST_HOLE = 0xE000  # a character for private use stands for each hole
_HOLE = re.compile("[\ue000-\uf8ff]")
_HOST = re.compile(r"(?P<account>\d{12}|[\ue000-\uf8ff])\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+|[\ue000-\uf8ff])\.")
_MAX_HOLES = 500


@dataclass(frozen=True, slots=True)
class Image:
    """A reference to an image, taken apart: what is before the first slash, the repository, and the tag, if there is one.

    `account` and `region` are those in the host, None where they are not known.
    """

    whole: Value
    host: Value
    name: Value
    tag: Value | None
    account: str | None
    region: str | None


def image(value: Value) -> Image | None:
    """The parts of a reference with a registry; None where it has none, or where it is not known where its host ends."""
    text, holes = _flat(value)
    head, slash, rest = text.partition("/")
    if not slash or len(holes) > _MAX_HOLES:
        return None
    path, _, digest = rest.partition("@")
    name, colon, tag = path.partition(":")
    if not name:
        return None
    host = _HOST.match(head)
    return Image(
        value,
        _cut(value, 0, len(head)),
        _cut(value, len(head) + 1, len(head) + 1 + len(name)),
        _cut(value, len(head) + len(name) + 2, len(head) + len(name) + 2 + len(tag)) if colon and not digest else None,
        _known(host and host["account"]),
        _known(host and host["region"]),
    )


def registry(value: Value) -> Value:
    """The host of the registry that a login names. Docker finds a login by that alone, whatever scheme and path were given.

    https://github.com/docker/cli/blob/master/cli/config/credentials/file_store.go
    """
    text, _ = _flat(value)
    start = len(text) - len(re.sub("^https?://", "", text))
    head = text[start:].partition("/")[0]
    return value if len(head) == len(text) else _cut(value, start, start + len(head))


def _known(text: str | None) -> str | None:
    return None if text is None or _HOLE.match(text) else text


def _flat(value: Value) -> tuple[str, list[Value]]:
    holes: list[Value] = []
    text = ""
    for piece in _parts(value):
        known = string(piece)
        if known is None:
            text += chr(_FIRST_HOLE + min(len(holes), _MAX_HOLES))
            holes.append(piece)
        else:
            text += known
    return text, holes


def _parts(value: Value) -> tuple[Value, ...]:
    """The parts of a string, each with its own place."""
    return value.parts if isinstance(value, Text) else pieces(value)


def _cut(value: Value, start: int, end: int) -> Value:
    """A stretch of a string with holes, whose parts keep their places."""
    found: list[Value] = []
    at = 0
    for piece in _parts(value):
        known = string(piece)
        length = 1 if known is None else len(known)
        first, last = max(start, at), min(end, at + length)
        if first < last:
            found.append(piece if known is None else Scalar(known[first - at : last - at], piece.span))
        at += length
    return join(found, value.span)


@dataclass(frozen=True, slots=True)
class Pushed:
    """An image that a job pushes to a registry of ECR. `at` is the number of the step; `sure`: it does in every run.

    `build` is what made it, as far as that is known.
    """

    stack: Stack
    job: Job
    at: int
    step: Step
    image: Image
    span: Span
    sure: bool
    build: Build | None = None


@once
def pushes(stack: Stack) -> Iterator[Pushed]:
    """Every image that the jobs of a stack push to a private registry, with each tag that it gets."""
    return (one for one in _pushes(stack) if in_private_ecr(join([one.image.host, "/x"], one.image.host.span)) is YES)


def pushes_to_public(stack: Stack) -> Iterator[Pushed]:
    """Every image that the jobs of a stack push to the public registry of ECR, which takes logins of its own."""
    return (one for one in _pushes(stack) if string(one.image.host) == PUBLIC_REGISTRY)


@once
def _pushes(stack: Stack) -> Iterator[Pushed]:
    for job in stack.jobs:
        named: list[tuple[Value, Build | None]] = []
        for at, step in enumerate(job.steps):
            for act in step.acts:
                if isinstance(act, Build):
                    named += [(tag, act) for tag in act.tags]
                elif isinstance(act, Tag):
                    named.append((act.target, _built(named, act.source)))
                elif isinstance(act, Push):
                    yield from _of_push(stack, job, at, step, act, named)


def _built(named: list[tuple[Value, Build | None]], value: Value) -> Build | None:
    """The build that gave an image a name."""
    return next((build for name, build in named if same(name, value)), None)


def _of_push(stack: Stack, job: Job, at: int, step: Step, act: Push, named: list[tuple[Value, Build | None]]) -> Iterator[Pushed]:
    sure = step.runs is YES and job.runs is YES and act.command.certain and act.closed and not step.tolerated
    if act.all_tags:
        wanted = image(join([act.image, ":x"], act.image.span))
        found = [(tag, build) for tag, build in named if wanted is not None and _same_repository(wanted, tag)]
    else:
        found = [(act.image, act.build or _built(named, act.image))]
    for value, build in found or [(act.image, None)]:
        parts = image(value)
        if parts is not None:
            yield Pushed(stack, job, at, step, parts, value.span if act.all_tags else act.image.span, sure, build)


def _same_repository(wanted: Image, tag: Value) -> bool:
    found = image(tag)
    return found is not None and same(found.host, wanted.host) and same(found.name, wanted.name)


def repositories(one: Pushed) -> tuple[Repository, ...]:
    """The repositories of the files that an image is pushed to, by name; those that are surely others are left out."""
    return repositories_of(one.stack, one.image)


def named(stack: Stack, name: str) -> tuple[Repository, ...]:
    """The private repositories of a name that the files make."""
    found = (one for beside in (stack, *stack.beside) for one in beside.repositories_named(Scalar(name, NOWHERE)))
    return tuple(one for one in found if one.arn is not None and string(one.name) == name)


def is_elsewhere(repository: Repository, image: Image) -> bool:
    """Whether a repository is known to be in another account or region than the registry of an image."""
    return _differs(repository, 4, image.account) or _differs(repository, 3, image.region)


def region_of(repository: Repository) -> str | None:
    return None if repository.arn is None else string(segment(repository.arn, 3))


def _differs(repository: Repository, index: int, known: str | None) -> bool:
    own = None if repository.arn is None else string(segment(repository.arn, index))
    return own is not None and known is not None and own != known


def repositories_of(stack: Stack, image: Image) -> tuple[Repository, ...]:
    """The repositories of the files that a reference names; those that are surely others are left out."""
    name = string(image.name)
    return () if name is None else tuple(found for found in named(stack, name) if not is_elsewhere(found, image))


def names(stack: Stack) -> dict[str, Repository]:
    """The private repositories of the files by their names; one whose name is not known is under its address."""
    found = (one for beside in (stack, *stack.beside) for one in beside.repositories if one.arn is not None)
    return {string(one.name) or f"={one.address}": one for one in found}


def creates_repositories(one: Pushed) -> bool:
    """Whether a repository may be made for a push: by a job of the pipeline, or by a creation template."""
    (made,) = _creates_repositories(one.stack)
    return made


@once
def _creates_repositories(stack: Stack) -> Iterator[bool]:
    steps = (step for job in stack.jobs for step in job.steps)
    yield any(beside.registry is not None for beside in (stack, *stack.beside)) or any(
        step.opaque or any(isinstance(act, CreateRepository) for act in step.acts) for step in steps
    )


def builder(one: Pushed) -> Builder | None:
    """The Buildx that a job has set up for a build; None where none is, or another one may be."""
    found = (act for step in islice(one.job.steps, one.at) if step.runs is YES for act in step.acts if isinstance(act, Builder))
    first, second = next(found, None), next(found, None)
    return first if second is None else None


def fields(value: Value) -> dict[str, str]:
    """The fields of an option such as `type=registry,mode=max`; one with a hole is not known."""
    text = "".join(string(piece) or "\0" for piece in pieces(value))
    pairs = (field.partition("=") for field in text.split(","))
    return {name.strip(): found for name, mark, found in pairs if mark and "\0" not in found}


def cache_of(value: Value) -> Value | None:
    """The reference that a registry cache is pushed to."""
    text, _ = _flat(value)
    found = re.search(r"(?:^|,)\s*ref=([^,]*)", text)
    is_registry = fields(value).get("type") == "registry"
    return _cut(value, found.start(1), found.end(1)) if found and is_registry else None


def attests(one: Pushed, build: Build) -> Truth:
    """Whether Buildx adds an attestation to what a build pushes, which it does unless it is told not to.

    https://docs.docker.com/build/metadata/attestations/
    """
    if not build.extended or not build.closed:
        return MAYBE
    stated = [build.provenance, build.sbom, *build.attestations]
    if any(one is not None and string(one) is None for one in stated):
        return MAYBE
    if build.attestations or (build.sbom is not None and (string(build.sbom) or "").lower() != "false"):
        return MAYBE if build.attestations else YES
    if build.provenance is not None:
        return truth((string(build.provenance) or "").lower() != "false")
    return YES if one.step.attests else MAYBE


def functions(one: Pushed) -> list[Function]:
    """The functions of the files that take their image from the repository of a push."""
    made = repositories(one)
    return [
        function
        for beside in (one.stack, *one.stack.beside)
        for function in beside.functions
        if _is_of(made, beside, function.image)
    ]


def tasks(one: Pushed) -> list[Task]:
    """The task definitions of the files of which a container runs an image of the repository of a push."""
    made = repositories(one)
    return [
        task
        for beside in (one.stack, *one.stack.beside)
        for task in beside.tasks
        if any(container.image is not None and _is_of(made, beside, container.image) for container in task.containers)
    ]


def _is_of(made: Iterable[Repository], beside: Stack, reference: Value) -> bool:
    """Whether a workload takes its image from one of the repositories that a push goes to, which its own unit makes."""
    own = [repository for repository in made if any(repository is other for other in beside.repositories)]
    arn = repository_arn(reference)
    if arn is None:
        return False
    return any(repository.arn is not None and same(_last(arn), _last(repository.arn)) for repository in own)


def _last(arn: Value) -> Value:
    text, _ = _flat(arn)
    _, mark, name = text.partition(":repository/")
    return _cut(arn, len(text) - len(name), len(text)) if mark else arn
