"""The builds of CodeBuild projects: which build specification they follow, and what it does as a job."""

from __future__ import annotations

from collections.abc import Mapping

from ecrlint.adapt.docker_daemon import calls_docker
from ecrlint.model.address import repository_path
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.job import Job, Step, Trigger
from ecrlint.model.script import Script, Scripts, Surroundings, specification_path
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Scalar, Unknown, Value, alternatives, prefix, present, string
from ecrlint.model.workload import Project

DEFAULT = "buildspec.yml"
"""The file that a build follows where its project states nothing, at the top of the source.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec-ref-name-storage
"""

_CURATED = "aws/codebuild/"


@dataclass(frozen=True, slots=True)
class BuildSource:
    """What a project builds: the type of the source, where that is, and the specification that it states, if it does."""

    kind: Value | None
    location: Value | None
    specification: Value | None


def with_builds(
    project: Project, source: BuildSource, variables: Mapping[str, Value], region: Value, scripts: Scripts
) -> tuple[Project, tuple[Job, ...]]:
    """A project with what its builds do, as far as their specification is here, and these as jobs."""
    specification = present(source.specification) or _by_default(project, source)
    here = YES if specification is None else _is_here(specification, source, scripts)
    if specification is None or here is NO:
        return project, ()
    given = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, **variables}
    folder = "" if here is MAYBE or _is_this_repository(source, scripts) is YES else None
    surroundings = Surroundings(variables=given, account=project.account, region=region, stops=True, folder=folder)
    read = scripts.build(specification, surroundings)
    jobs = [_job(project, script, given, region, project.exists if here is YES and len(read) == 1 else MAYBE) for script in read]
    if here is YES:
        return replace(project, docker=calls_docker(read), scripts=read), tuple(jobs)
    alone = scripts.build(specification, Surroundings(stops=True, folder=""))  # what it does whoever builds by it
    elsewhere = replace(project, image=Unknown("which project builds by it is not known", project.span))
    jobs = [*(_job(elsewhere, script, {}, None, project.exists) for script in alone), *jobs]
    return replace(project, docker=calls_docker(alone), builds_here=here), tuple(jobs)


def variable(kind: Value | None, value: Value | None, span: Span) -> Value:
    """What a variable of the environment of a project is worth; one that is stored elsewhere is not known."""
    is_plain = kind is None or string(kind) == "PLAINTEXT"
    return value if is_plain and value is not None else Unknown("it is stored elsewhere", span)


def _by_default(project: Project, source: BuildSource) -> Value | None:
    return None if string(source.kind) in ("NO_SOURCE", "S3") else Scalar(DEFAULT, project.span)


def _is_here(specification: Value, source: BuildSource, scripts: Scripts) -> Truth:
    """Whether what a specification is, or the file that it names, is the one that is here: a file is one of the source."""
    if all(specification_path(side) is None for side in alternatives(specification)):
        return YES
    return _is_this_repository(source, scripts)


def _is_this_repository(source: BuildSource, scripts: Scripts) -> Truth:
    """Whether a source is the repository that is scanned, by where that is cloned from."""
    kind, location = string(source.kind), string(source.location)
    if kind in ("NO_SOURCE", "S3"):
        return NO
    origin = scripts.origin()
    if not origin or location is None or kind == "CODEPIPELINE":
        return MAYBE
    stated = repository_path(location)
    if stated == origin:
        return YES
    return MAYBE if stated.rpartition("/")[2] == origin.rpartition("/")[2] else NO  # a fork has the name, and another owner


def _job(project: Project, script: Script, variables: Mapping[str, Value], region: Value | None, runs: Truth) -> Job:
    step = Step(
        script.span,
        script.acts,
        opaque=script.may_do_more,
        keyed=True,
        attests="BUILDX_NO_DEFAULT_ATTESTATIONS" not in script.variables and "BUILDX_NO_DEFAULT_ATTESTATIONS" not in variables,
        region=region,
        account=None if region is None else project.account,
        variables=variables,
    )
    start = Trigger("build", Unknown("what starts the build is not known", project.span), project.span)
    hosted = YES if prefix(project.image).startswith(_CURATED) else MAYBE
    return Job(project.address, project.label, project.span, "codebuild", start, (step,), runs, hosted, token=NO)
