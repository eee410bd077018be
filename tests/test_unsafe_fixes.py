"""Fixes that let somebody do more: made on demand alone, and for nobody but those that the finding names."""

from __future__ import annotations

import fnmatch
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrlint.cli import main
from ecrlint.run import pipeline
from ecrlint.run.fix import mend, proven, write

SUB = "token.actions.githubusercontent.com:sub"
ROLE = "arn:aws:iam::111122223333:role/ci"
RESTS = (
    *(
        "ref:refs/heads/main",
        "ref:refs/heads/dev",
        "ref:refs/tags/v1",
        "pull_request",
        "environment:production",
        "environment:dev",
    ),
    *("environment:a*", "environment:a%3Ab", "ref:refs/heads/*"),
)
SUBJECTS = [
    f"repo:{owner}/{name}:{rest}"
    for owner, name in (("acme", "shop"), ("acme", "web"), ("evil", "shop"), ("acme@1", "shop@2"), ("acme", "shop2"))
    for rest in (*RESTS, "environment:abc", "ref:refs/heads/other", "workflow_run")
]


def template(test: str, values: Any) -> str:
    """A template with a role whose trust policy admits these subjects, and that may push."""
    condition = {
        "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
        test: {
            **({} if test != "StringEquals" else {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}),
            SUB: values,
        },
    }
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
        "Condition": condition,
    }
    push = {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}
    properties = {
        "RoleName": "ci",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "push", "PolicyDocument": {"Version": "2012-10-17", "Statement": [push]}}],
    }
    return json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}, indent=2)


def workflow(on: str, environment: str) -> str:
    line = f"    environment: {json.dumps(environment)}\n" if environment else ""
    return (
        f"on:\n  {on}\npermissions: {{id-token: write, contents: read}}\njobs:\n  image:\n"
        f"    runs-on: ubuntu-24.04\n{line}    steps:\n"
        f"      - uses: aws-actions/configure-aws-credentials@v5\n"
        f"        with: {{role-to-assume: '{ROLE}', aws-region: eu-west-1}}\n"
        "      - uses: aws-actions/amazon-ecr-login@v2\n"
    )


def admitted(text: str) -> set[str]:
    """The subjects that the trust policy of a template admits, by Python's own matching."""
    (statement,) = json.loads(text)["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    found = set(SUBJECTS)
    for test, keys in statement["Condition"].items():
        values = keys.get(SUB)
        if values is not None:
            patterns = [values] if isinstance(values, str) else values
            like = test == "StringLike"
            found = {one for one in found if any(fnmatch.fnmatchcase(one, it) if like else one == it for it in patterns)}
    return found


def folder(to: Path, policy: str, pipeline_text: str) -> str:
    (to / "role.json").write_text(policy)
    (to / ".github" / "workflows").mkdir(parents=True)
    (to / ".github" / "workflows" / "image.yml").write_text(pipeline_text)
    return str(to)


@settings(deadline=None, max_examples=120)
@given(
    st.sampled_from(("StringEquals", "StringLike")),
    st.lists(st.sampled_from(RESTS), min_size=1, max_size=2, unique=True),
    st.booleans(),
    st.sampled_from(
        (
            "push: {branches: [main]}",
            "push: {branches: [dev]}",
            "push: {tags: [v1]}",
            "pull_request: {}",
            "push: {branches: ['*']}",
        )
    ),
    st.sampled_from(("", "production", "dev", "a*", "a:b", "x?")),
)
def test_a_mended_trust_policy_admits_no_subject_but_those_that_findings_name(
    test: str, rests: list[str], alone: bool, on: str, environment: str
) -> None:
    values = [f"repo:acme/shop:{rest}" for rest in rests]
    policy = template(test, values[0] if alone else values)
    with tempfile.TemporaryDirectory() as place:
        root = folder(Path(place), policy, workflow(on, environment))
        mended = mend([root], root, unsafe=True)
        write(mended)
        after = (Path(root) / "role.json").read_text()
    told = {one.message.rpartition("its subject is ")[2].replace("OWNER/NAME", "acme/shop") for one in mended.fixed}
    assert admitted(after) - admitted(policy) <= told
    assert admitted(policy) <= admitted(after)
    assert bool(mended.fixed) == (after != policy)


def test_the_subject_is_admitted_on_demand_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = template("StringLike", "repo:acme/shop:ref:refs/heads/main")
    root = folder(tmp_path, policy, workflow("push: {branches: [main]}", "production"))
    assert main(["fix", root]) == 0
    assert (tmp_path / "role.json").read_text() == policy
    assert main(["fix", "--unsafe", root]) == 0
    assert "[oidc-subject-not-trusted]" in capsys.readouterr().out
    new = admitted((tmp_path / "role.json").read_text()) - admitted(policy)
    assert new == {"repo:acme/shop:environment:production"}


def test_no_report_shows_an_unsafe_fix(tmp_path: Path) -> None:
    root = folder(
        tmp_path, template("StringEquals", "repo:acme/shop:pull_request"), workflow("push: {branches: [main]}", "production")
    )
    report = pipeline.scan([root], root)
    assert any(finding.unsafe and finding.fix for finding in report.findings)
    assert [finding.fix for finding in proven(report, [root], root).findings if finding.unsafe] == [()]
