"""The subject that GitHub sends for a job, row by row as its documentation has it, and when it is not known.

https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.analysis.oidc_subjects import shown, subject
from ecrlint.iam import patterns
from ecrlint.model.job import Job
from ecrlint.model.truth import NO
from ecrlint.model.value import Scalar
from ecrlint.run import pipeline

STEP = "    steps:\n      - run: docker push 111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop\n"


def jobs(folder: Path, on: str, job: str = "") -> list[Job]:
    path = folder / ".github" / "workflows" / "image.yml"
    path.parent.mkdir(parents=True)
    path.write_text(f"on:\n{on}\njobs:\n  image:\n    runs-on: ubuntu-24.04\n{job}{STEP}", encoding="utf-8")
    run = pipeline.read([str(folder)], root=str(folder))
    return [job for unit in run.units for job in unit.open[0].jobs]


def sent(folder: Path, on: str, job: str = "") -> list[str | None]:
    found = [subject(one) for one in jobs(folder, on, job)]
    return [None if one is None else shown(one) for one in found]


ENVIRONMENT = "    environment: production\n"
ROWS = [
    ("  push: {branches: [main]}", "", "repo:OWNER/NAME:ref:refs/heads/main"),
    ("  push: {branches: ['release/**']}", "", "repo:OWNER/NAME:ref:refs/heads/release/..."),
    ("  push: {branches-ignore: [main]}", "", "repo:OWNER/NAME:ref:refs/heads/..."),
    ("  push: {tags: [v1.0.0]}", "", "repo:OWNER/NAME:ref:refs/tags/v1.0.0"),
    ("  push: {tags: ['v*']}", "", "repo:OWNER/NAME:ref:refs/tags/v..."),
    ("  push:", "", "repo:OWNER/NAME:ref:..."),
    ("  workflow_dispatch:", "", "repo:OWNER/NAME:ref:..."),
    ("  schedule: [{cron: '0 3 * * *'}]", "", "repo:OWNER/NAME:ref:refs/heads/..."),
    ("  workflow_run: {workflows: [test], types: [completed]}", "", "repo:OWNER/NAME:ref:refs/heads/..."),
    ("  release: {types: [published]}", "", "repo:OWNER/NAME:ref:refs/tags/..."),
    ("  pull_request:", "", "repo:OWNER/NAME:pull_request"),
    ("  pull_request_review:", "", "repo:OWNER/NAME:pull_request"),
    ("  push: {branches: [main]}", ENVIRONMENT, "repo:OWNER/NAME:environment:production"),
    ("  pull_request:", ENVIRONMENT, "repo:OWNER/NAME:environment:production"),
    ("  pull_request_target:", ENVIRONMENT, "repo:OWNER/NAME:environment:production"),
    ("  push: {tags: ['v*']}", "    environment:\n      name: production\n", "repo:OWNER/NAME:environment:production"),
    ("  push: {branches: [main]}", '    environment: "aws:prod"\n', "repo:OWNER/NAME:environment:aws%3Aprod"),
    ("  push: {branches: [main]}", "    environment: ${{ github.ref_name }}\n", "repo:OWNER/NAME:environment:main"),
    (
        "  push: {branches: [main]}",
        "    environment: ${{ github.ref == 'refs/heads/main' && 'a' || 'b' }}\n",
        "repo:OWNER/NAME:environment:a",
    ),
    ("  push: {branches: [main]}", "    environment: ${{ '' }}\n", "repo:OWNER/NAME:ref:refs/heads/main"),
    ("  pull_request_target:", "", None),
    ("  merge_group:", "", None),
    ("  deployment:", "", None),
    ("  workflow_call:", "", None),
    ("  push: {branches: [main]}", "    environment: ${{ vars.ENVIRONMENT }}\n", None),
    ("  push: {branches: [main]}", "    environment: ${{ vars.LIVE && 'production' || 'staging' }}\n", None),
]


@pytest.mark.parametrize(("on", "job", "wanted"), ROWS)
def test_the_subject_of_a_job(tmp_path: Path, on: str, job: str, wanted: str | None) -> None:
    assert sent(tmp_path, on, job) == [wanted]


def test_each_event_and_each_reference_has_its_own_subject(tmp_path: Path) -> None:
    on = "  push: {branches: [main, develop], tags: ['v*']}\n  pull_request:"
    tails = ["ref:refs/heads/main", "ref:refs/heads/develop", "ref:refs/tags/v...", "pull_request"]
    assert sent(tmp_path, on) == [f"repo:OWNER/NAME:{tail}" for tail in tails]


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ("github.event_name == 'push'", ["push"]),
        ("github.event_name != 'pull_request'", ["push"]),
        ("${{ github.ref == 'refs/heads/main' }}", ["push"]),
        ("startsWith(github.ref, 'refs/tags/')", []),
        ("github.event_name == 'pull_request' || github.ref_name == 'main'", ["push", "pull_request"]),
        ("${{ !(github.event_name == 'push') }}", ["pull_request"]),
        ("github.ref_type == 'tag'", []),
        ("always()", ["push", "pull_request"]),
        ("failure()", []),
        ("github.actor != 'dependabot[bot]'", ["push", "pull_request"]),
        ("github.event.pull_request.merged == true", ["pull_request"]),
    ],
)
def test_a_condition_leaves_out_the_starts_for_which_it_is_false(tmp_path: Path, condition: str, left: list[str]) -> None:
    found = jobs(tmp_path, "  push: {branches: [main]}\n  pull_request:", f"    if: {condition}\n")
    assert [job.start.event for job in found] == left


@pytest.mark.parametrize(
    ("pattern", "is_refused"),
    [
        ("repo:acme/shop:ref:refs/heads/main", True),
        ("repo:acme/shop:ref:refs/heads/*", True),
        ("repo:acme/shop:ref:refs/tags/v*", False),
        ("repo:acme@700111/shop@900222:ref:refs/tags/v*", False),
        ("repo:acme@*/shop@*:ref:refs/heads/*", True),
        ("repo:acme/*", False),
        ("repo:acme/shop:*", False),
        ("repo:*:ref:refs/heads/main", True),
        ("*", False),
    ],
)
def test_a_subject_is_held_against_patterns_of_both_forms(tmp_path: Path, pattern: str, is_refused: bool) -> None:
    (job,) = jobs(tmp_path, "  push: {tags: ['v*']}")
    found = subject(job)
    assert found is not None
    assert (patterns.matches(Scalar(pattern, job.span), found) is NO) == is_refused
