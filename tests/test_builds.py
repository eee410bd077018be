"""Builds of CodeBuild: which build specification a project follows, and what it does as a job."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.boundary.file_reader import FileReader
from ecrlint.model.address import repository_path
from ecrlint.model.finding import Report
from ecrlint.model.job import Job
from ecrlint.model.script import Login, Push
from ecrlint.model.truth import MAYBE, YES
from ecrlint.model.value import string
from ecrlint.run import pipeline
from ecrlint.run.hook import hook

PROJECT = """
provider "aws" {
  region = "eu-west-1"
}

resource "aws_ecr_repository" "shop" {
  name = "shop"
}

resource "aws_codebuild_project" "images" {
  name         = "images"
  service_role = "arn:aws:iam::123456789012:role/images"
  artifacts { type = "NO_ARTIFACTS" }
  environment {
    compute_type = "BUILD_GENERAL1_SMALL"
    image        = "aws/codebuild/standard:7.0"
    type         = "LINUX_CONTAINER"
    environment_variable {
      name  = "REPOSITORY"
      value = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop"
    }
    environment_variable {
      name  = "TAG"
      type  = "PARAMETER_STORE"
      value = "/shop/tag"
    }
  }
  source {
    SOURCE
  }
}
"""
GITHUB = 'type = "GITHUB"\n    location = "https://github.com/acme/shop.git"'
SPECIFICATION = """version: 0.2
env:
  variables:
    REPOSITORY: none
phases:
  pre_build:
    commands:
      - aws ecr get-login-password | docker login --username AWS --password-stdin ${REPOSITORY%%/*}
  build:
    commands:
      - docker build -t $REPOSITORY:$TAG .
      - docker push $REPOSITORY:1
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def scanned(folder: Path, source: str, remote: str = "", name: str = "buildspec.yml") -> Report:
    files = {"infra/main.tf": PROJECT.replace("SOURCE", source), name: SPECIFICATION}
    if remote:
        files[".git/config"] = (
            f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {remote}\n\tfetch = +refs/heads/*\n[branch "main"]\n'
        )
    write(folder, files)
    return pipeline.scan([str(folder)], root=str(folder))


def severity(report: Report) -> str | None:
    found = [finding for finding in report.findings if finding.rule == "codebuild-not-privileged"]
    return str(found[0].severity.name) if found and found[0].severity is not None else None


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("git@github.com:acme/shop.git", "ERROR"),
        ("https://token@github.com/Acme/shop", "ERROR"),
        ("ssh://git@github.com:22/acme/shop.git", "ERROR"),
        ("https://github.com/someone/shop.git", "WARNING"),
        ("https://github.com/acme/infrastructure.git", None),
        ("", "WARNING"),
    ],
)
def test_a_file_is_that_of_the_source_where_the_source_is_this_repository(
    tmp_path: Path, remote: str, expected: str | None
) -> None:
    assert severity(scanned(tmp_path, GITHUB, remote)) == expected


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ('type = "CODEPIPELINE"', "buildspec.yml", "WARNING"),
        ('type = "CODEPIPELINE"', "ci/buildspec.yml", None),
        ('type = "CODEPIPELINE"\n    buildspec = "ci/buildspec.yml"', "ci/buildspec.yml", "WARNING"),
        ('type = "CODEPIPELINE"\n    buildspec = "./ci/buildspec.yml"', "ci/buildspec.yml", "WARNING"),
        ('type = "CODEPIPELINE"\n    buildspec = "../buildspec.yml"', "buildspec.yml", None),
        ('type = "CODEPIPELINE"\n    buildspec = "infra"', "buildspec.yml", None),
        ('type = "S3"\n    location = "sources/shop.zip"', "buildspec.yml", None),
        ('type = "NO_SOURCE"\n    buildspec = "buildspec.yml"', "buildspec.yml", None),
        ('type = "GITHUB"\n    location = var.location', "buildspec.yml", "WARNING"),
    ],
)
def test_a_specification_is_found_by_its_path_and_by_default(
    tmp_path: Path, source: str, name: str, expected: str | None
) -> None:
    assert severity(scanned(tmp_path, source, "https://github.com/acme/shop.git", name)) == expected


def jobs(folder: Path, source: str, remote: str = "") -> list[Job]:
    files = {"infra/main.tf": PROJECT.replace("SOURCE", source), "buildspec.yml": SPECIFICATION}
    if remote:
        files[".git/config"] = f'[remote "origin"]\n\turl = {remote}\n'
    write(folder, files)
    return [job for unit in pipeline.read([str(folder)], root=str(folder)).units for job in unit.open[0].jobs]


def test_a_build_is_a_job_with_the_variables_of_its_project(tmp_path: Path) -> None:
    (job,) = jobs(tmp_path, GITHUB, "https://github.com/acme/shop")
    assert (job.platform, job.label, job.runs, job.hosted) == ("codebuild", "images", YES, YES)
    (step,) = job.steps
    (push,) = [act for act in step.acts if isinstance(act, Push)]
    (login,) = [act for act in step.acts if isinstance(act, Login)]
    assert string(push.image) == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1"
    assert string(login.registry) == "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    assert string(login.region) == "eu-west-1"
    assert push.image.span.path == "buildspec.yml"


def test_a_build_of_what_may_be_another_repository_is_read_for_itself_and_as_it_may_be_for_the_project(tmp_path: Path) -> None:
    alone, joined = jobs(tmp_path, 'type = "CODEPIPELINE"')
    assert (alone.runs, alone.hosted) == (YES, MAYBE)
    assert (joined.runs, joined.hosted) == (MAYBE, YES)
    (push,) = [act for act in alone.steps[0].acts if isinstance(act, Push)]
    assert string(push.image) == "none:1"
    (push,) = [act for act in joined.steps[0].acts if isinstance(act, Push)]
    assert string(push.image) == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1"


def test_a_specification_that_no_project_names_is_a_job_of_its_own(tmp_path: Path) -> None:
    found = jobs(tmp_path, 'type = "S3"')
    assert [(job.address, job.platform, job.hosted) for job in found] == [("buildspec.yml", "codebuild", MAYBE)]


def test_a_specification_has_a_status(tmp_path: Path) -> None:
    report = scanned(tmp_path, GITHUB)
    assert {file.path: (file.kind, file.status) for file in report.files}["buildspec.yml"] == ("buildspec", "analysed")


def test_what_is_no_specification_is_none(tmp_path: Path) -> None:
    files = {
        "other.yml": "version: 0.2\nstages: [docker push]\n",
        "appspec.yml": "version: 0.0\nphases: docker push\n",
        "broken.yml": "version: 0.2\nphases: [\n  docker push\n",
        "words.yml": "version: 0.2\nphases: docker push\n",
    }
    write(tmp_path, files)
    report = pipeline.scan([str(tmp_path)], root=str(tmp_path))
    assert {file.path: file.status for file in report.files} == {"broken.yml": "partial", "words.yml": "analysed"}
    assert [problem.path for problem in report.problems] == ["broken.yml"]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://github.com/acme/shop.git", "github.com/acme/shop"),
        ("git@gitlab.com:acme/team/shop.git", "gitlab.com/acme/team/shop"),
        ("ssh://git@bitbucket.org/acme/shop", "bitbucket.org/acme/shop"),
        ("https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/shop", "git-codecommit.eu-west-1.amazonaws.com/v1/repos/shop"),
        ("github.com/acme/shop/", "github.com/acme/shop"),
        ("", ""),
    ],
)
def test_the_address_of_a_repository_is_its_host_and_path(url: str, path: str) -> None:
    assert repository_path(url) == path


def test_a_configuration_without_origin_names_no_repository(tmp_path: Path) -> None:
    config = '[remote "upstream"]\n\turl = https://github.com/acme/shop\n[remote "origin"]\n\tfetch = x\n[x]\n\turl = y\n'
    write(tmp_path, {".git/config": config})
    assert FileReader([str(tmp_path)]).origin(str(tmp_path)) == ""
    assert FileReader([str(tmp_path)]).origin(str(tmp_path / "none")) == ""


def test_the_hook_on_a_specification_reads_the_project_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned(tmp_path, GITHUB, "https://github.com/acme/shop.git")
    monkeypatch.chdir(tmp_path)
    found = {(finding.rule, finding.span.path) for finding in hook.scan(["buildspec.yml"]).findings}
    assert ("codebuild-not-privileged", "infra/main.tf") in found
