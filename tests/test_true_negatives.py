"""What looks broken and works: nothing is said of it, while its twin, one small change away, is found.

A case is a folder of `true_negatives/`. Its `quiet/` is scanned with every rule, and so is `fires/`, which AWS refuses.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.model.finding import Report, Severity
from ecrlint.run import pipeline

FOLDER = Path(__file__).resolve().parent / "true_negatives"

TWINS: dict[str, str] = {
    "01-login-in-sibling-policy": "token-on-repository",
    "01-login-in-sibling-policy-cloudformation": "login-not-granted",
    "02-not-resource-allow": "token-on-repository",
    "02-not-resource-allow-policy": "token-on-repository",
    "03-everything-but-iam": "login-not-granted",
    "04-wildcards-and-case": "push-set-incomplete",
    "04-wildcards-policy": "push-set-incomplete",
    "05-mixed-resource-list": "token-on-repository",
    "05-mixed-resource-list-cloudformation": "token-on-repository",
    "06-pull-without-batch-check": "execution-role-cannot-pull",
    "07-push-user-cloudformation": "push-set-incomplete",
    "07-push-without-download": "push-set-incomplete",
    "08-retag": "push-set-incomplete",
    "09-api-only-reader": "pull-on-task-role",
    "10-cleanup": "unknown-ecr-action",
    "11-deny-on-one-repository": "login-denied",
    "11-deny-on-one-repository-role": "login-denied",
    "11-guard-on-pushes": "login-denied",
    "12-deny-delete": "login-denied",
    "12-deny-delete-cloudformation": "login-denied",
    "13-own-account": "login-condition-never-true",
    "14-negated-tag": "login-condition-never-true",
    "14-tag-if-exists": "login-condition-never-true",
    "15-login-through-the-endpoint": "endpoint-without-private-dns",
    "16-login-outside-the-endpoint": "execution-role-cannot-pull",
    "16-pull-through-the-endpoint": "execution-role-cannot-pull",
    "17-repository-arn-cloudformation": "execution-role-cannot-pull",
    "17-repository-patterns": "execution-role-cannot-pull",
    "18-repository-policy-only": "execution-role-cannot-pull",
    "18-repository-policy-only-cloudformation": "execution-role-cannot-pull",
    "19-repository-policy": "resource-in-repository-policy",
    "19-repository-policy-cloudformation": "resource-in-repository-policy",
    "20-role-in-the-account-of-the-registry": "cross-account-without-repository-policy",
    "21-add-on-images-in-eks": "node-role-cannot-pull",
    "21-registries-of-aws": "image-reference-invalid",
    "22-ec2-without-execution-role": "execution-role-missing",
    "23-public-image": "execution-role-missing",
    "24-task-role-pushes": "execution-role-cannot-pull",
    "24-task-role-pushes-cloudformation": "one-role-for-both",
    "25-short-role-name": "one-role-for-both",
    "26-several-principals": "role-not-trusting-ecs-tasks",
    "26-source-conditions": "role-not-trusting-ecs-tasks",
    "27-no-kms-decrypt": "execution-role-cannot-pull",
    "28-secret-without-kms-decrypt": "execution-role-cannot-read-secrets",
    "28-secret-without-kms-decrypt-cloudformation": "execution-role-cannot-read-secrets",
    "29-lambda-role-without-ecr": "lambda-grant-never-matches",
    "30-lambda-without-repository-policy": "lambda-without-repository-grant",
    "31-pods-without-ecr": "service-account-role-never-pulls",
    "31-pods-without-ecr-cloudformation": "node-role-cannot-pull",
    "32-container-instance-one-hop": "metadata-off-but-needed",
    "32-host-login-one-hop": "hop-limit-blocks-containers",
    "33-two-hops-for-a-container": "hop-limit-blocks-containers",
    "34-no-metadata-options": "imdsv1-allowed",
    "34-required-by-the-account": "imdsv2-not-required",
    "35-metadata-off": "login-without-instance-profile",
    "35-metadata-off-own-credentials": "login-without-instance-profile",
    "36-endpoint-policies": "endpoint-policy-blocks-images",
    "36-endpoint-policies-cloudformation": "endpoint-policy-blocks-login",
    "37-perimeter": "layers-blocked",
    "37-perimeter-cloudformation": "layers-blocked",
    "38-nat": "endpoint-set-incomplete",
    "38-nat-cloudformation": "endpoint-set-incomplete",
    "38-transit-gateway": "endpoint-set-incomplete",
    "39-fargate-without-ecs-endpoints": "endpoint-set-incomplete",
    "39-fargate-without-ecs-endpoints-cloudformation": "endpoint-set-incomplete",
    "40-both-kinds-of-s3-endpoint": "layers-not-routed",
    "41-own-private-zone": "endpoint-without-private-dns",
    "41-own-private-zone-cloudformation": "endpoint-without-private-dns",
    "42-endpoints-in-china": "layers-blocked",
    "42-hosts-of-other-kinds": "image-reference-invalid",
    "43-group-with-egress-in-terraform": "consumer-cannot-reach-https",
    "43-group-without-egress": "consumer-cannot-reach-https",
    "45-credential-helper": "metadata-off-but-needed",
    "46-two-regions-two-logins": "metadata-off-but-needed",
    "46-two-regions-two-logins-cloudformation": "login-without-instance-profile",
    "47-login-by-here-string": "login-without-instance-profile",
    "48-immutable-repository": "push-set-incomplete",
    "49-build-in-an-image": "codebuild-cannot-pull-image",
    "49-build-without-docker": "codebuild-not-privileged",
    "50-oidc-subject-by-id": "login-not-granted",
    "51-login-in-a-comment": "login-without-instance-profile",
    "52-default-vpc": "vpc-without-dns",
    "52-vpc-of-a-data-source": "vpc-without-dns",
    "52-vpc-of-a-parameter": "vpc-without-dns",
    "53-public-push": "public-login-without-bearer-token",
    "53-public-push-cloudformation": "public-login-without-bearer-token",
    "54-execution-role-arn": "execution-role-missing",
    "54-execution-role-elsewhere": "execution-role-cannot-pull",
    "55-as-many-as-given": "execution-role-cannot-pull",
    "55-not-made": "push-set-incomplete",
    "55-one-of-two": "execution-role-cannot-pull",
    "55-one-of-two-cloudformation": "execution-role-cannot-pull",
}
"""The one rule that finds the twin of a case."""

NOTES = {
    "30-lambda-without-repository-policy": "lambda-without-repository-grant",
    "34-no-metadata-options": "imdsv2-not-required",
}
"""The cases of which a rule may say a word, as a note."""

IN_WORKFLOWS_ALONE = {44}
"""The numbers of the list of true negatives that no file of a format read today can hold."""


def scan(case: str, verdict: str) -> Report:
    report = pipeline.scan([str(FOLDER / case / verdict)], root=str(FOLDER / case / verdict))
    assert [f"{one.path}: {one.message}" for one in report.problems] == []
    assert report.files, "nothing was read"
    assert [(one.path, one.status) for one in report.files if one.status not in ("analysed", "partial")] == []
    return report


@pytest.mark.parametrize("case", TWINS)
def test_what_works_is_left_alone(case: str) -> None:
    said = [
        f"{one.severity}: {one.message} [{one.rule}]"
        for one in scan(case, "quiet").findings
        if one.severity is not Severity.NOTE or one.rule != NOTES.get(case)
    ]
    assert said == []


@pytest.mark.parametrize("case", TWINS)
def test_its_twin_is_found_once(case: str) -> None:
    assert {one.rule for one in scan(case, "fires").findings if one.severity is not Severity.NOTE} == {TWINS[case]}


def test_every_case_has_a_twin_and_every_number_a_case() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert folders == set(TWINS)
    assert [case for case in folders if not all((FOLDER / case / verdict).is_dir() for verdict in ("quiet", "fires"))] == []
    assert {int(case.split("-", 1)[0]) for case in folders} == set(range(1, 56)) - IN_WORKFLOWS_ALONE
