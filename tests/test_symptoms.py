"""A message finds the page that says what it means, and the rules that predict it, whatever names and numbers it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint import rule_registry, symptoms

COLLECTION = Path(__file__).resolve().parent / "messages.txt"
LEAST = 55
"""How many of the messages in the collection have to find the right page."""


def collected() -> list[tuple[str, str]]:
    """The messages of the collection, each with the name of its page, `-` for one that has none."""
    lines = (line for line in COLLECTION.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    return [(page, message.replace(r"\n", "\n")) for page, _, message in (line.partition(" | ") for line in lines)]


def page(message: str) -> str:
    found = symptoms.find(message, symptoms.pages())
    return "-" if found is None else found.page.name


def rules(message: str) -> tuple[str, ...]:
    found = symptoms.find(message, symptoms.pages())
    return () if found is None else found.rules


def test_the_messages_that_people_paste_find_their_page() -> None:
    known = [(name, message) for name, message in collected() if name != "-"]
    wrong = [(name, page(message), message) for name, message in known if page(message) != name]
    assert len(known) >= 60
    assert len(known) - len(wrong) >= LEAST, wrong


@pytest.mark.parametrize("message", [message for name, message in collected() if name == "-"])
def test_a_message_of_something_else_has_no_page(message: str) -> None:
    assert page(message) == "-"


def test_every_message_of_the_collection_names_a_page_that_is_there() -> None:
    assert {name for name, _ in collected()} - {"-"} <= {one.name for one in symptoms.pages()}


def test_every_symptom_is_one_of_the_page_that_lists_its_rule() -> None:
    for rule in rule_registry.rules():
        for symptom in rule.symptoms:
            if not symptom.startswith("no error:"):
                assert rule.name in rules(symptom), (rule.name, symptom, page(symptom))


def test_the_refused_action_decides() -> None:
    message = (
        "denied: User: arn:aws:sts::123456789012:assumed-role/layers-blocked-endpoint/i-0123456789abcdef0 is not authorized to "
        "perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:eu-west-1:123456789012:repository/shop because no "
        "identity-based policy allows the ecr:InitiateLayerUpload action"
    )
    assert page(message) == "denied/initiatelayerupload"
    assert rules(message)[0] == "push-set-incomplete"


def test_the_policy_that_did_not_allow_it_ranks_the_rules_of_one_action() -> None:
    message = (
        "An error occurred (AccessDeniedException) when calling the GetAuthorizationToken operation: User: "
        "arn:aws:iam::123456789012:user/ci is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no "
        "{} policy allows the ecr:GetAuthorizationToken action"
    )
    assert rules(message.format("identity-based"))[0] == "token-on-repository"
    assert rules(message.format("VPC endpoint"))[0] == "endpoint-policy-blocks-login"


def test_the_more_telling_of_two_messages_decides() -> None:
    message = "task stopped\nResourceInitializationError: unable to pull secrets or registry auth: {} no basic auth credentials"
    assert page(message.format("")) == "login/no-basic-auth-credentials"
    cut = "unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed"
    assert page(message.format(cut)) == "tasks/unable-to-retrieve-ecr-registry-auth-i-o-timeout"


def test_the_layer_bucket_is_known_by_its_host() -> None:
    message = (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to copy: httpReadSeeker: failed open: "
        "unexpected status code https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/2d1d-123456789012-x/"
        "abc?X-Amz-Signature=1: 403 Forbidden"
    )
    assert rules(message) == ("layers-blocked",)


def test_a_message_may_stand_in_the_output_of_another_program() -> None:
    message = (
        "module.app.aws_ecs_task_definition.app: Creating...\n\nError: creating ECS Task Definition (app): operation error ECS: "
        "RegisterTaskDefinition, https response error StatusCode: 400, RequestID: 8d3b6f4e-2f27-4f3b-9f4e-0c8f6f5d1c2a, "
        "ClientException: Fargate requires task definition to have execution role ARN to support ECR images."
    )
    assert page(message) == "deploy/fargate-requires-execution-role-to-support-ecr-images"


@pytest.mark.parametrize("message", ["", "it does not work", "AccessDenied: User: x is not authorized to perform: s3:ListBucket"])
def test_too_little_is_no_message(message: str) -> None:
    assert page(message) == "-"


def test_an_action_alone_is_enough() -> None:
    assert page("ecr:PutImage") == "denied/putimage"


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
    assert page(log) == "denied/putimage"
