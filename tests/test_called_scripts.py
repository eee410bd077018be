"""Scripts of the repository that jobs and builds call: found by their paths, and followed in the shell that calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.model.job import Job
from ecrlint.model.script import Push
from ecrlint.model.value import string
from ecrlint.run import pipeline
from ecrlint.run.scan_state import ScanState

HOST = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
PUSH = f'#!/bin/sh\ndocker push "{HOST}/shop:${{1:-none}}$TAG"\n'


def read(folder: Path, files: dict[str, str]) -> ScanState:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return pipeline.read([str(folder)], root=str(folder))


def jobs(run: ScanState, platform: str) -> list[Job]:
    assert run.problems == []
    return [job for unit in run.units for job in unit.open[0].jobs if job.platform == platform]


def pushed(job: Job) -> list[str | None]:
    return [string(act.image) for step in job.steps for act in step.acts if isinstance(act, Push)]


def workflow(script: str, checkout: str = "", more: str = "") -> str:
    lines = "".join(f"          {line}\n" for line in script.splitlines())
    return (
        "on: push\njobs:\n  image:\n    runs-on: ubuntu-24.04\n    env: {TAG: ''}\n    steps:\n"
        f"      - uses: actions/checkout@v5\n{checkout}      - run: |\n{lines}{more}"
    )


@pytest.mark.parametrize(
    ("script", "tags"),
    [
        ("./ci/push.sh 1", ["1"]),
        ("ci/push.sh 1", ["1"]),
        ("bash ci/push.sh 1", ["1"]),
        ("sh -ex ci/push.sh 1", ["1"]),
        ("bash ci/push.sh", ["none"]),
        ("sudo ./ci/push.sh 1", ["1"]),
        ("$GITHUB_WORKSPACE/ci/push.sh 1", ["1"]),
        ('"${GITHUB_WORKSPACE}/ci/push.sh" 1', ["1"]),
        ("cd ci && ./push.sh 1", ["1"]),
        ("cd ci\ncd ..\n./ci/push.sh 1", ["1"]),
        ("(cd ci && ./push.sh 1)\n./ci/push.sh 2", ["1", "2"]),
        ("export TAG=x\n./ci/push.sh 1", ["1x"]),
        ("TAG=x ./ci/push.sh 1", ["1x"]),
        (". ci/tag.sh\n./ci/push.sh 1", ["1y"]),
        ("source ./ci/tag.sh && ./ci/push.sh 1", ["1y"]),
        ("push.sh 1", []),
        ("cd $FOLDER && ./push.sh 1", []),
        ("cd /elsewhere && ./ci/push.sh 1", []),
        ("if [ $X ]; then cd ci; fi\n./ci/push.sh 1", []),
        ("for f in $FILES; do cd $f; ./ci/push.sh 1; done", []),
        ("../ci/push.sh 1", []),
        ("./ci/none.sh 1", []),
        ("./ci/$NAME.sh 1", []),
        ("./ci/python.sh 1", []),
        (f"./ci/host.sh {HOST}/shop:1", ["1"]),
        ("bash -x -c ./ci/none.sh", []),
        ("ssh host ./ci/push.sh 1", []),
    ],
)
def test_a_script_is_found_by_its_path(tmp_path: Path, script: str, tags: list[str]) -> None:
    files = {"ci/push.sh": PUSH, "ci/tag.sh": "export TAG=y\n", "ci/python.sh": "#!/usr/bin/env python3\ndocker push x\n"}
    files["ci/host.sh"] = 'docker push "${1%%/*}/shop:1"\n'
    (job,) = jobs(read(tmp_path, {".github/workflows/image.yml": workflow(script), **files}), "github")
    assert pushed(job) == [f"{HOST}/shop:{tag}" for tag in tags]
    if not tags:
        assert job.steps[-1].opaque or "ssh" in script


@pytest.mark.parametrize(
    ("checkout", "more", "found"),
    [
        ("        with: {fetch-depth: 0}\n", "", True),
        ("        with: {path: source}\n", "", False),
        ("        with: {repository: acme/tools}\n", "", False),
        ("        if: github.actor == 'x'\n", "", False),
        ("", "        working-directory: ci/..\n", True),
        ("", "        working-directory: ${{ inputs.folder }}\n", False),
    ],
)
def test_a_script_is_here_where_the_repository_is_checked_out(tmp_path: Path, checkout: str, more: str, found: bool) -> None:
    text = workflow("./ci/push.sh 1", checkout, more)
    (job,) = jobs(read(tmp_path, {".github/workflows/image.yml": text, "ci/push.sh": PUSH}), "github")
    assert pushed(job) == ([f"{HOST}/shop:1"] if found else [])
    assert bool(job.steps[-1].opaque) is not found


def test_a_script_that_calls_itself_ends(tmp_path: Path) -> None:
    files = {
        ".github/workflows/image.yml": workflow("./push.sh 1"),
        "push.sh": f"docker push {HOST}/shop:1\n./push.sh\n./push.sh\n",
    }
    (job,) = jobs(read(tmp_path, files), "github")
    assert job.steps[-1].opaque


def test_a_pipeline_and_a_build_begin_at_the_top(tmp_path: Path) -> None:
    files = {
        ".gitlab-ci.yml": "push:\n  variables: {TAG: ''}\n  script: [./ci/push.sh 1]\n",
        "build/buildspec.yml": "version: 0.2\nenv: {variables: {TAG: ''}}\nphases: {build: {commands: [./ci/push.sh 2]}}\n",
        "ci/push.sh": PUSH,
    }
    run = read(tmp_path, files)
    assert [pushed(job) for job in jobs(run, "gitlab")] == [[f"{HOST}/shop:1"]]
    assert [pushed(job) for job in jobs(run, "codebuild")] == [[f"{HOST}/shop:2"]]


def test_a_script_that_something_calls_is_not_read_alone(tmp_path: Path) -> None:
    files = {
        ".github/workflows/image.yml": workflow("./ci/push.sh 1"),
        "ci/push.sh": PUSH,
        "other.sh": PUSH,
        "plain.sh": "echo\n",
    }
    run = read(tmp_path, files)
    assert [job.address for job in jobs(run, "script")] == ["other.sh"]
    assert {path: status.status for path, status in run.statuses.items() if path.endswith(".sh")} == {
        "ci/push.sh": "analysed",
        "other.sh": "analysed",
    }


def test_a_script_in_another_language_is_said_to_be_unread(tmp_path: Path) -> None:
    run = read(tmp_path, {"push.sh": "#!/usr/bin/env python3\n# aws ecr get-login-password\n"})
    assert (run.statuses["push.sh"].status, run.statuses["push.sh"].reason) == ("partial", "a script in Python is not read")
