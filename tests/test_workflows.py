"""Workflows to jobs: what they do, as whom, and what is not known of them."""

from __future__ import annotations

from pathlib import Path

from ecrlint.model.finding import FileStatus
from ecrlint.model.job import Credentials, Job, RegistryLogin
from ecrlint.model.script import Push
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.value import string
from ecrlint.run import pipeline
from ecrlint.run.scan_state import ScanState

CREDENTIALS = """      - uses: aws-actions/configure-aws-credentials@v5
        with:
          role-to-assume: arn:aws:iam::111122223333:role/ci
          aws-region: eu-west-1
"""
LOGIN = "      - uses: aws-actions/amazon-ecr-login@v2\n        id: ecr\n"


def read(folder: Path, files: dict[str, str]) -> ScanState:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return pipeline.read([str(folder)], root=str(folder))


def jobs(folder: Path, text: str, **more: str) -> list[Job]:
    run = read(folder, {".github/workflows/image.yml": text, **more})
    assert run.problems == []
    return [job for unit in run.units for job in unit.open[0].jobs]


def workflow(steps: str, head: str = "    runs-on: ubuntu-24.04\n") -> str:
    return f"on:\n  push:\n    branches: [main]\njobs:\n  image:\n{head}    steps:\n{steps}"


def pushed(job: Job) -> list[str | None]:
    return [string(act.image) for step in job.steps for act in step.acts if isinstance(act, Push)]


def test_an_output_of_the_login_is_its_registry(tmp_path: Path) -> None:
    step = "      - run: docker push ${{ steps.ecr.outputs.registry }}/shop:latest\n"
    (job,) = jobs(tmp_path, workflow(CREDENTIALS + LOGIN + step))
    assert pushed(job) == ["111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:latest"]


def test_a_variable_that_a_step_exports_is_there_for_the_next(tmp_path: Path) -> None:
    steps = (
        '      - run: echo "IMAGE=111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1" >> "$GITHUB_ENV"\n'
        '      - run: docker push "$IMAGE"\n'
    )
    (job,) = jobs(tmp_path, workflow(steps))
    assert pushed(job) == ["111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1"]


def test_an_output_of_a_script_is_known_to_later_steps_and_jobs(tmp_path: Path) -> None:
    text = """on: push
jobs:
  name:
    runs-on: ubuntu-24.04
    outputs:
      image: ${{ steps.make.outputs.image }}
    steps:
      - id: make
        run: echo "image=111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1" >> "$GITHUB_OUTPUT"
  push:
    needs: name
    runs-on: ubuntu-24.04
    steps:
      - run: docker push "${{ needs.name.outputs.image }}"
"""
    _, job = jobs(tmp_path, text)
    assert pushed(job) == ["111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1"]


def test_a_variable_of_a_step_is_not_there_for_the_next(tmp_path: Path) -> None:
    steps = '      - env:\n          IMAGE: shop\n        run: docker push "$IMAGE"\n      - run: docker push "$IMAGE"\n'
    (job,) = jobs(tmp_path, workflow(steps))
    assert pushed(job) == ["shop", None]


def test_a_literal_matrix_is_one_job_a_cell(tmp_path: Path) -> None:
    head = "    runs-on: ubuntu-24.04\n    strategy:\n      matrix:\n        name: [api, web]\n"
    found = jobs(tmp_path, workflow("      - run: docker push example.com/${{ matrix.name }}:1\n", head))
    assert [pushed(job) for job in found] == [["example.com/api:1"], ["example.com/web:1"]]


def test_a_matrix_that_is_computed_is_not_known(tmp_path: Path) -> None:
    head = "    runs-on: ubuntu-24.04\n    strategy:\n      matrix:\n        name: ${{ fromJSON(vars.NAMES) }}\n"
    (job,) = jobs(tmp_path, workflow("      - run: docker push example.com/${{ matrix.name }}:1\n", head))
    assert pushed(job) == [None]


def test_a_third_party_action_may_do_anything(tmp_path: Path) -> None:
    (job,) = jobs(tmp_path, workflow("      - uses: acme/docker/login@v1\n      - uses: actions/checkout@v5\n"))
    assert [bool(step.opaque) for step in job.steps] == [True, False]


def test_a_local_action_is_followed_and_hands_on_what_it_says(tmp_path: Path) -> None:
    action = """runs:
  using: composite
  steps:
    - uses: aws-actions/configure-aws-credentials@v5
      with:
        role-to-assume: ${{ inputs.role }}
        aws-region: eu-west-1
    - uses: aws-actions/amazon-ecr-login@v2
      id: login
inputs:
  role:
    default: arn:aws:iam::111122223333:role/ci
outputs:
  registry:
    value: ${{ steps.login.outputs.registry }}
"""
    steps = "      - uses: ./actions/ecr\n        id: ecr\n      - run: docker push ${{ steps.ecr.outputs.registry }}/shop:1\n"
    (job,) = jobs(tmp_path, workflow(steps), **{"actions/ecr/action.yml": action})
    assert pushed(job) == ["111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1"]
    acts = [act for step in job.steps for act in step.acts]
    assert [type(act) for act in acts] == [Credentials, RegistryLogin, Push]


def test_a_called_workflow_runs_with_the_inputs_and_the_start_of_its_caller(tmp_path: Path) -> None:
    called = """on:
  workflow_call:
    inputs:
      image: {type: string}
jobs:
  push:
    runs-on: ubuntu-24.04
    steps:
      - run: docker push ${{ inputs.image }}
"""
    caller = "on: pull_request\njobs:\n  image:\n    uses: ./.github/workflows/build.yml\n    with:\n      image: shop:1\n"
    (job,) = jobs(tmp_path, caller, **{".github/workflows/build.yml": called})
    assert (job.start.event, pushed(job), len(job.callers)) == ("pull_request", ["shop:1"], 1)


def test_permissions_of_a_job_replace_those_of_the_workflow(tmp_path: Path) -> None:
    text = """on: push
permissions:
  id-token: write
jobs:
  own:
    runs-on: ubuntu-24.04
    permissions: {contents: read}
    steps: [{run: docker ps}]
  none:
    runs-on: self-hosted
    steps: [{run: docker ps}]
"""
    own, none = jobs(tmp_path, text)
    assert (own.token, own.hosted) == (NO, YES)
    assert (none.token, none.hosted) == (YES, NO)


def test_a_label_of_ones_own_may_be_any_machine(tmp_path: Path) -> None:
    (job,) = jobs(tmp_path, workflow("      - run: docker ps\n", "    runs-on: big\n"))
    assert job.hosted is MAYBE


def test_a_step_that_may_not_run_does_nothing_for_sure(tmp_path: Path) -> None:
    (job,) = jobs(tmp_path, workflow("      - if: vars.PUSH == 'yes'\n        run: docker push shop:1\n"))
    (step,) = job.steps
    assert step.runs is MAYBE
    assert [act.command.certain for act in step.acts if isinstance(act, Push)] == [False]


def test_every_workflow_has_a_status(tmp_path: Path) -> None:
    run = read(
        tmp_path,
        {
            ".github/workflows/image.yml": workflow(CREDENTIALS + LOGIN),
            ".github/workflows/lint.yml": workflow("      - run: make lint\n"),
            ".github/workflows/broken.yml": "on: push\njobs: {image: [aws-actions/amazon-ecr-login\n",
            ".github/workflows/remote.yml": "on: push\njobs:\n  a:\n    uses: acme/docker/.github/workflows/x.yml@v1\n",
        },
    )
    assert {path: (one.kind, one.status) for path, one in run.statuses.items()} == {
        ".github/workflows/image.yml": ("github-workflow", "analysed"),
        ".github/workflows/lint.yml": ("github-workflow", "skipped"),
        ".github/workflows/broken.yml": ("github-workflow", "failed"),
        ".github/workflows/remote.yml": ("github-workflow", "partial"),
    }
    assert isinstance(run.statuses[".github/workflows/lint.yml"], FileStatus)


def test_calls_in_a_circle_end(tmp_path: Path) -> None:
    text = "on: [push, workflow_call]\njobs:\n  again:\n    uses: ./.github/workflows/image.yml\n"
    run = read(tmp_path, {".github/workflows/image.yml": text + "# docker \n"})
    assert run.statuses[".github/workflows/image.yml"].status == "partial"
