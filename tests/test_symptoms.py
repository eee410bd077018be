"""A message finds the rules that predict it, whatever names and numbers it holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ecrlint import symptoms
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.rule import Rule
from ecrlint.model.stack import Stack


def check(stack: Stack) -> Iterator[Finding]:
    yield from ()


def rule(name: str, *said: str) -> Rule:
    return Rule(name, "identity", Severity.ERROR, said, name, name, check)


RULES = (
    rule(
        "push-set-incomplete",
        "denied: User: ... is not authorized to perform: ecr:InitiateLayerUpload on resource: ... because no identity-based "
        "policy allows the ecr:InitiateLayerUpload action",
        "denied: User: ... is not authorized to perform: ecr:PutImage on resource: ... because no identity-based policy "
        "allows the ecr:PutImage action",
    ),
    rule(
        "token-on-repository",
        "AccessDeniedException: User: ... is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no "
        "identity-based policy allows the ecr:GetAuthorizationToken action",
    ),
    rule(
        "endpoint-policy-blocks-login",
        "AccessDeniedException: User: ... is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no "
        "VPC endpoint policy allows the ecr:GetAuthorizationToken action",
    ),
    rule(
        "layers-blocked",
        "CannotPullContainerError: ... failed to copy: httpReadSeeker: failed open: unexpected status code "
        "https://prod-...-starport-layer-bucket.s3....amazonaws.com/...: 403 Forbidden",
    ),
    rule(
        "execution-role-missing",
        "ClientException: Fargate requires task definition to have execution role ARN to support ECR images.",
    ),
    rule(
        "hop-limit-blocks-containers", 'Unable to locate credentials. You can configure credentials by running "aws configure".'
    ),
)


def found(message: str) -> list[str]:
    return [match.rule.name for match in symptoms.find(message, RULES)]


def test_the_refused_action_decides() -> None:
    message = (
        "denied: User: arn:aws:sts::123456789012:assumed-role/layers-blocked-endpoint/i-0123456789abcdef0 is not authorized to "
        "perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:eu-west-1:123456789012:repository/shop because no "
        "identity-based policy allows the ecr:InitiateLayerUpload action"
    )
    assert found(message) == ["push-set-incomplete"]


def test_the_policy_that_did_not_allow_it_ranks_the_rules_of_one_action() -> None:
    message = (
        "An error occurred (AccessDeniedException) when calling the GetAuthorizationToken operation: User: "
        "arn:aws:iam::123456789012:user/ci is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no "
        "{} policy allows the ecr:GetAuthorizationToken action"
    )
    assert found(message.format("identity-based"))[0] == "token-on-repository"
    assert found(message.format("VPC endpoint"))[0] == "endpoint-policy-blocks-login"


def test_the_layer_bucket_is_known_by_its_host() -> None:
    message = (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to copy: httpReadSeeker: failed open: "
        "unexpected status code https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/2d1d-123456789012-x/"
        "abc?X-Amz-Signature=1: 403 Forbidden"
    )
    assert found(message) == ["layers-blocked"]


def test_a_message_may_stand_in_the_output_of_another_program() -> None:
    message = (
        "module.app.aws_ecs_task_definition.app: Creating...\n\nError: creating ECS Task Definition (app): operation error ECS: "
        "RegisterTaskDefinition, https response error StatusCode: 400, RequestID: 8d3b6f4e-2f27-4f3b-9f4e-0c8f6f5d1c2a, "
        "ClientException: Fargate requires task definition to have execution role ARN to support ECR images."
    )
    assert found(message) == ["execution-role-missing"]


@pytest.mark.parametrize(
    "message",
    [
        "",
        "it does not work",
        "AccessDenied: User: arn:aws:iam::123456789012:user/ci is not authorized to perform: s3:ListBucket on resource: x",
        "toomanyrequests: You have reached your pull rate limit",
    ],
)
def test_a_message_of_something_else_finds_nothing(message: str) -> None:
    assert found(message) == []


def test_an_action_alone_is_enough() -> None:
    assert found("ecr:PutImage") == ["push-set-incomplete"]


def test_names_hosts_ids_and_numbers_are_not_words() -> None:
    message = (
        "name unknown: The repository with name 'endpoint-policy' does not exist in the registry with id '123456789012' "
        "(123456789012.dkr.ecr.eu-west-1.amazonaws.com/layers/bucket:v1, Request ID: 8d3b6f4e-2f27-4f3b-9f4e-0c8f6f5d1c2a)"
    )
    assert set(symptoms.words(message)) == {
        *("name", "unknown", "repository", "with", "does", "not", "exist", "registry", "id", "request")
    }


def test_a_service_with_a_digit_is_a_word() -> None:
    assert set(symptoms.words("no EC2 IMDSv2 role found in us-east-1 after 3 tries")) == {
        *("no", "ec2", "imdsv2", "role", "found", "after", "tries")
    }


def test_a_log_with_endless_lines_is_read_in_no_time() -> None:
    log = "\n".join(["a" * 1_000_000, "a-" * 500_000, "a." * 500_000, "denied: ecr:PutImage"])
    assert found(log) == ["push-set-incomplete"]


def test_a_match_says_which_words_it_rests_on() -> None:
    match = symptoms.find("denied: ecr:PutImage", RULES)[0]
    assert match.words == ("ecr:PutImage", "denied")
    assert "ecr:PutImage" in match.symptom


def test_a_misspelled_name_finds_its_neighbours() -> None:
    assert symptoms.nearest("token-on-repositories", RULES)[0] == "token-on-repository"
    assert symptoms.nearest("layers_blockd", RULES)[0] == "layers-blocked"
    assert symptoms.nearest("zzz", RULES) == ()
