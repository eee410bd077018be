"""What an image reference says before deployment."""

from __future__ import annotations

import pytest

from ecrlint.model.image import in_private_ecr, repository_arn, repository_name
from ecrlint.model.source import Source, Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Choice, Flag, Ref, Scalar, Text, Unknown, Value, same, string

SPAN = Span(Source("main.tf", ""), 0, 0)
REGION = Ref("aws", "region", SPAN)
ACCOUNT = Ref("aws", "account_id", SPAN)
NAME = Ref("aws_ecr_repository.web", "name", SPAN)
PARTITION = Ref("aws", "partition", SPAN)
LATER = Unknown("var.image has no value", SPAN)


def text(*parts: str | Value) -> Value:
    made = tuple(Scalar(part, SPAN) if isinstance(part, str) else part for part in parts)
    return made[0] if len(made) == 1 else Text(made, SPAN)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (text("111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1"), YES),
        (text("111122223333.dkr-ecr.eu-west-1.on.aws/web"), YES),
        (text(ACCOUNT, ".dkr.ecr.", REGION, ".amazonaws.com/web"), YES),
        (text(Ref("aws_ecr_repository.web", "repository_url", SPAN), ":1"), YES),
        (text("public.ecr.aws/nginx/nginx:1.27"), NO),
        (text("nginx"), NO),
        (text("ghcr.io/acme/", LATER), NO),
        (text(LATER, ":1"), MAYBE),
        (LATER, MAYBE),
        (Choice(Flag("IsProd"), text("nginx"), text("111122223333.dkr.ecr.eu-west-1.amazonaws.com/web"), SPAN), MAYBE),
    ],
)
def test_a_private_registry_is_known_by_its_host(image: Value, expected: Truth) -> None:
    assert in_private_ecr(image) is expected


@pytest.mark.parametrize(
    ("image", "rest"),
    [
        (text("111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1"), [":ecr:eu-west-1:111122223333:repository/web"]),
        (
            text("111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web@sha256:0"),
            [":ecr:eu-west-1:111122223333:repository/team/web"],
        ),
        (
            text(ACCOUNT, ".dkr.ecr.", REGION, ".amazonaws.com/", NAME, ":1"),
            [":ecr:", REGION, ":", ACCOUNT, ":repository/", NAME],
        ),
        (
            text(ACCOUNT, ".dkr.ecr.eu-west-1.amazonaws.com/team/", LATER),
            [":ecr:eu-west-1:", ACCOUNT, ":repository/team/", LATER],
        ),
    ],
)
def test_an_image_names_its_repository(image: Value, rest: list[str | Value]) -> None:
    found, wanted = repository_arn(image), text("arn:", PARTITION, *rest)
    assert isinstance(found, Text)
    assert isinstance(wanted, Text)
    assert all(a is b or same(a, b) for a, b in zip(found.parts, wanted.parts, strict=True))


def test_an_image_whose_host_is_not_known_names_no_repository() -> None:
    assert repository_arn(text(LATER, ":1")) is None
    assert repository_arn(text("nginx")) is None


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web:7", "shop/web"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:ab", "shop"),
        ("public.ecr.aws/nginx/nginx:1.27", None),
    ],
)
def test_the_name_of_the_repository_of_an_image(image: str, name: str | None) -> None:
    assert string(repository_name(Scalar(image, SPAN))) == name
