"""Pipelines of GitLab to jobs: what they extend and include, what starts them, as whom they call AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.analysis.oidc_subjects import shown, subject
from ecrlint.evaluate.workflow.gitlab.rule_condition import holds
from ecrlint.model.finding import FileStatus
from ecrlint.model.job import Credentials, Job
from ecrlint.model.script import Push
from ecrlint.model.source import Source
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Ref, Scalar, Unknown, Value, string
from ecrlint.run import pipeline
from ecrlint.run.scan_state import ScanState

HOST = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
NOWHERE = Source("", "").span(0, 0)


def read(folder: Path, files: dict[str, str]) -> ScanState:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return pipeline.read([str(folder)], root=str(folder))


def jobs(folder: Path, text: str, **more: str) -> list[Job]:
    run = read(folder, {".gitlab-ci.yml": text, **more})
    assert run.problems == []
    return [job for unit in run.units for job in unit.open[0].jobs]


def pushed(job: Job) -> list[str | None]:
    return [string(act.image) for step in job.steps for act in step.acts if isinstance(act, Push)]


def assumed(job: Job) -> list[tuple[str | None, str | None]]:
    found = [act for step in job.steps for act in step.acts if isinstance(act, Credentials)]
    return [(string(act.role), string(act.inputs.get("audience"))) for act in found]


@pytest.mark.parametrize(
    ("rules", "subjects"),
    [
        ("", [None]),
        ("  rules: [{if: $CI_COMMIT_TAG}]\n", ["tag:ref:..."]),
        ("  rules: [{if: '$CI_COMMIT_TAG =~ /^v/'}]\n", ["tag:ref:..."]),
        ("  rules: [{if: '$CI_COMMIT_BRANCH == \"main\"'}]\n", ["branch:ref:main"]),
        ("  rules: [{if: '\"main\" == $CI_COMMIT_BRANCH'}]\n", ["branch:ref:main"]),
        ("  rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]\n", ["branch:ref:..."]),
        ("  rules: [{if: $CI_COMMIT_BRANCH}]\n", ["branch:ref:..."]),
        ("  rules: [{if: $CI_COMMIT_TAG, when: never}, {when: on_success}]\n", ["branch:ref:...", None]),
        ("  rules: [{if: $CI_MERGE_REQUEST_IID}]\n", [None]),
        ("  rules: [{if: '$CI_PIPELINE_SOURCE == \"schedule\"'}]\n", [None]),
        ("  rules: [{if: '$DEPLOY == \"yes\"'}]\n", [None, None]),
        ("  only: [tags]\n", ["tag:ref:..."]),
        ("  only: {refs: [tags]}\n", ["tag:ref:..."]),
        ("  only: [/^v/]\n  except: [branches]\n", ["tag:ref:..."]),
        ("  only: [merge_requests]\n", [None]),
        ("  except: [tags]\n", ["branch:ref:..."]),
        ("  rules: []\n", []),
    ],
)
def test_the_rules_of_a_job_say_what_it_is_started_for(tmp_path: Path, rules: str, subjects: list[str | None]) -> None:
    found = jobs(tmp_path, f"publish:\n{rules}  script: [docker push {HOST}/shop:1]\n")
    said = [None if (sent := subject(job)) is None else shown(sent) for job in found]
    assert [text and text.removeprefix("project_path:GROUP/PROJECT:ref_type:") for text in said] == subjects
    assert all(job.platform == "gitlab" and pushed(job) == [f"{HOST}/shop:1"] for job in found)


@pytest.mark.parametrize(
    ("rules", "refs"),
    [
        ("  only: [main, release]\n", {"refs/heads/main", "refs/heads/release"}),
        (
            '  rules: [{if: \'$CI_COMMIT_BRANCH == "main" || $CI_COMMIT_REF_NAME == "dev"\'}]\n',
            {"refs/heads/main", "refs/heads/dev"},
        ),
    ],
)
def test_a_branch_that_is_named_is_known(tmp_path: Path, rules: str, refs: set[str]) -> None:
    found = jobs(tmp_path, f"publish:\n{rules}  script: [docker push {HOST}/shop:1]\n")
    assert {text for job in found if (text := string(job.start.ref))} == refs


def test_the_rules_of_the_workflow_hold_for_every_job(tmp_path: Path) -> None:
    text = f"workflow:\n  rules: [{{if: $CI_COMMIT_TAG}}]\npublish:\n  script: [docker push {HOST}/shop:1]\n"
    (job,) = jobs(tmp_path, text)
    assert job.start.event == "push"
    assert job.runs is YES
    assert shown(subject(job) or Unknown("", NOWHERE)).endswith("ref_type:tag:ref:...")


CONDITIONS: dict[str, Value | None] = {
    "TAG": Ref("gitlab", "tag", NOWHERE),
    "BRANCH": Scalar("main", NOWHERE),
    "EMPTY": Scalar("", NOWHERE),
    "UNSET": None,
    "OTHER": Unknown("", NOWHERE),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$TAG", YES),
        ("${TAG}", YES),
        ("$UNSET", NO),
        ("$EMPTY", NO),
        ("$OTHER", MAYBE),
        ('$BRANCH == "main"', YES),
        ("$BRANCH == 'main'", YES),
        ('$BRANCH != "main"', NO),
        ('$BRANCH == ""', NO),
        ('$UNSET == "main"', NO),
        ("$UNSET == null", YES),
        ("$TAG == null", NO),
        ('$TAG == "v1"', MAYBE),
        ("$UNSET =~ /^v/", NO),
        ("$TAG =~ /^v\\/1/i", MAYBE),
        ("$UNSET !~ /^v/", YES),
        ("$TAG && $UNSET", NO),
        ("$TAG || $UNSET && $UNSET", YES),
        ("($TAG || $UNSET) && $UNSET", NO),
        ("$OTHER && $UNSET", NO),
        ("$OTHER || $TAG", YES),
        ("", MAYBE),
        ("$TAG &&", MAYBE),
        ("$TAG ; rm", MAYBE),
        ("((((" * 20, MAYBE),
        ("$TAG || " * 2000 + "$TAG", MAYBE),
    ],
)
def test_a_condition_is_decided_as_far_as_it_is_known(text: str, expected: Truth) -> None:
    assert holds(text, lambda name: CONDITIONS[name]) is expected


def test_a_job_has_what_it_extends_and_what_is_stated_for_all(tmp_path: Path) -> None:
    text = f"""
default:
  before_script: [export REPOSITORY=shop]
variables:
  ACCOUNT: "111122223333"
  REGION: {{value: eu-west-1, description: where}}
  REGISTRY: $ACCOUNT.dkr.ecr.${{REGION}}.amazonaws.com
.image: &image
  variables: {{TAG: base}}
.push:
  <<: *image
  script: [docker push $REGISTRY/none]
publish:
  extends: [.push]
  variables: {{TAG: "2"}}
  script:
    - - docker push $REGISTRY/$REPOSITORY:$TAG
alone:
  extends: .push
  inherit: {{default: false, variables: false}}
  script: [docker push "{HOST}/$REPOSITORY:$TAG"]
"""
    found = {job.name: pushed(job) for job in jobs(tmp_path, text)}
    assert found == {"publish": [f"{HOST}/shop:2"], "alone": [None]}


def test_a_reference_stands_for_what_it_names(tmp_path: Path) -> None:
    text = f"""
.setup:
  script: [export TAG=1]
  rules: [{{if: $CI_COMMIT_TAG}}]
publish:
  rules: [!reference [.setup, rules]]
  script:
    - !reference [.setup, script]
    - docker push {HOST}/shop:$TAG
circle:
  script: [!reference [circle, script]]
gone:
  script: [!reference [.none, script], docker push {HOST}/shop:2]
"""
    found = {job.name: job for job in jobs(tmp_path, text)}
    assert pushed(found["publish"]) == [f"{HOST}/shop:1"]
    assert subject(found["publish"]) is not None
    assert found["gone"].steps[0].opaque


def test_local_files_are_included_and_have_a_status(tmp_path: Path) -> None:
    text = "include:\n  - local: /ci/push.yml\n  - ci/other.yml\npublish:\n  extends: .push\n"
    more = {
        "ci/push.yml": f"include: ci/other.yml\n.push:\n  script: [docker push {HOST}/shop:$TAG]\n",
        "ci/other.yml": 'variables: {TAG: "3"}\n',
    }
    run = read(tmp_path, {".gitlab-ci.yml": text, **more})
    (job,) = [job for unit in run.units for job in unit.open[0].jobs]
    assert pushed(job) == [f"{HOST}/shop:3"]
    assert not job.steps[0].opaque
    assert {path: status.status for path, status in run.statuses.items()} == dict.fromkeys((".gitlab-ci.yml", *more), "analysed")


@pytest.mark.parametrize(
    "include",
    [
        "{project: acme/templates, file: /push.yml}",
        "{template: Docker.gitlab-ci.yml}",
        "{remote: 'https://example.com/push.yml'}",
        "{local: /none.yml}",
        "{local: '/ci/*.yml'}",
        "https://example.com/push.yml",
        "{component: example.com/acme/push@1}",
        "{local: .gitlab-ci.yml, rules: [{if: $X}]}",
    ],
)
def test_what_is_included_from_elsewhere_may_add_to_any_job(tmp_path: Path, include: str) -> None:
    text = f"include:\n  - {include}\npublish:\n  script: [docker push {HOST}/shop:1]\n  rules: [{{if: $CI_COMMIT_TAG}}]\n"
    run = read(tmp_path, {".gitlab-ci.yml": text})
    (job,) = [job for unit in run.units for job in unit.open[0].jobs]
    assert (job.runs, job.token, bool(job.steps[0].opaque), subject(job)) == (MAYBE, MAYBE, True, None)
    status: FileStatus = run.statuses[".gitlab-ci.yml"]
    assert status.status == "partial"
    assert status.reason.endswith("is not here")


def test_a_circle_of_includes_and_of_extends_ends(tmp_path: Path) -> None:
    text = "include: [.gitlab-ci.yml]\n.a: {extends: .b}\n.b: {extends: .a}\npublish:\n  extends: .a\n  script: [docker push x]\n"
    (job,) = jobs(tmp_path, text)
    assert job.steps[0].opaque


ASSUME = """publish:
  id_tokens:
    AWS_TOKEN: {aud: https://gitlab.com}
    OTHER: {aud: [a, b]}
"""


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (
            "  variables: {AWS_ROLE_ARN: arn:aws:iam::1:role/ci, AWS_WEB_IDENTITY_TOKEN_FILE: /t}\n  script: [aws ecr x]\n",
            None,
        ),
        (
            '  script: [STS --role-arn arn:aws:iam::1:role/ci --web-identity-token "$AWS_TOKEN"]\n',
            "https://gitlab.com",
        ),
        (
            "  script: [STS --role-arn arn:aws:iam::1:role/ci --web-identity-token $OTHER]\n",
            None,
        ),
        (
            "  script: [export AWS_ROLE_ARN=arn:aws:iam::1:role/ci, export AWS_WEB_IDENTITY_TOKEN_FILE=/t, docker build .]\n",
            None,
        ),
    ],
)
def test_a_role_is_assumed_by_variables_and_by_the_command_line(tmp_path: Path, job: str, expected: str | None) -> None:
    (found,) = jobs(tmp_path, ASSUME + job.replace("STS", "aws sts assume-role-with-web-identity"))
    assert found.token is YES
    assert assumed(found) == [("arn:aws:iam::1:role/ci", expected)]


def test_a_role_is_not_assumed_for_sure_on_one_side_of_a_test(tmp_path: Path) -> None:
    script = '  script: ["if [ $X ]; then STS --role-arn arn:aws:iam::1:role/ci; fi"]\n'
    (found,) = jobs(tmp_path, ASSUME + script.replace("STS", "aws sts assume-role-with-web-identity"))
    assert assumed(found) == []


def test_the_names_that_printf_writes_are_the_variables_that_are_exported(tmp_path: Path) -> None:
    script = f"""publish:
  variables: {{REGISTRY: {HOST}}}
  script:
    - export $(printf "AWS_ACCESS_KEY_ID=%s AWS_SESSION_TOKEN=%s" $(aws sts assume-role --role-arn x --output text))
    - docker push $REGISTRY/shop:1
    - export $(printf "%s" "$(cat variables)")
    - docker push $REGISTRY/shop:2
"""
    (found,) = jobs(tmp_path, script)
    assert pushed(found) == [f"{HOST}/shop:1", None]


def test_a_header_is_no_pipeline_and_a_job_may_be_called_image(tmp_path: Path) -> None:
    text = f"spec:\n  inputs: {{}}\n---\nimage:\n  script: [docker push {HOST}/shop:1]\nvariables: {{A: b}}\n"
    (job,) = jobs(tmp_path, text)
    assert job.name == "image"


@pytest.mark.parametrize(
    "text", ["docker\n", "[docker ]\n", "publish:\n  script:\n    docker: 1\n", "publish: docker x\n", "include: docker x\n"]
)
def test_what_is_hardly_a_pipeline_breaks_nothing(tmp_path: Path, text: str) -> None:
    run = read(tmp_path, {".gitlab-ci.yml": text})
    assert run.problems == []
    assert set(run.statuses) == {".gitlab-ci.yml"}


def test_templates_that_double_at_each_level_end_with_a_reason(tmp_path: Path) -> None:
    levels = "".join(f".t{at}:\n  extends: [{', '.join([f'.t{at + 1}'] * 8)}]\n  script: [docker x]\n" for at in range(10))
    lines = "".join(f".s{at}:\n  script: [{', '.join([f'!reference [.s{at + 1}, script]'] * 8)}]\n" for at in range(10))
    ends = ".t10: {script: [docker x]}\n.s10: {script: [docker x]}\n"
    text = f"{levels}{lines}{ends}a: {{extends: .t0}}\nb:\n  script: [!reference [.s0, script]]\n"
    run = read(tmp_path, {".gitlab-ci.yml": text})
    assert run.problems == []
    assert "is used up" in run.statuses[".gitlab-ci.yml"].reason
