"""ARNs, image references and actions that look like ECR's: what is wrong with them, and what is still to be filled in."""

from __future__ import annotations

import pytest

from ecrlint.analysis import arns, images, spelling
from ecrlint.model.address import short_name, type_of
from ecrlint.model.source import Source, Span
from ecrlint.model.value import Ref, Scalar, Text, Unknown, Value, string

SPAN = Span(Source("main.tf", ""), 0, 0)
REGION = Ref("aws", "region", SPAN)
HOLE = Unknown("it is a variable", SPAN)


def value(*parts: str | Value) -> Value:
    made = tuple(Scalar(part, SPAN) if isinstance(part, str) else part for part in parts)
    return made[0] if len(made) == 1 else Text(made, SPAN)


@pytest.mark.parametrize(
    ("arn", "word"),
    [
        ("arn:aws:ecr:eu-west-1:111122223333:shop", "repository/"),
        ("arn:aws:ecr:eu-west-1:111122223333:repository:shop", "repository/"),
        ("arn:aws:ecr:eu-west-1:111122223333:repository/", "names no repository"),
        ("arn:aws:ecr:eu-west-1:111122223333:repository/shop:1.4", "tag"),
        ("arn:aws:ecr:eu-west-1::repository/shop", "no account"),
        ("arn:aws:ecr:eu-west-1:11112222333:repository/shop", "11 digits"),
        ("arn:aws:ecr:us-gov-west-1:111122223333:repository/shop", "aws-us-gov"),
        ("arn:aws:ecr:eu-west-1:111122223333:repository/myShop", "upper case"),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop", "address of an image"),
    ],
)
def test_a_resource_that_no_repository_has_is_told(arn: str, word: str) -> None:
    assert word in (arns.flaw(value(arn)) or "")
    assert arns.matches_no_repository(value(arn))


@pytest.mark.parametrize(
    "arn",
    [
        "*",
        "arn:aws:ecr:*:*:*",
        "arn:aws:ecr:*:*:repo*",
        "arn:*:ecr:*:111122223333:repository/team-?/*",
        "arn:aws-cn:ecr:cn-north-1:111122223333:repository/shop",
        "arn:aws:s3:::shop",
        "arn:aws:ecr:REGION:ACCOUNT_ID:REPOSITORY",
        "arn:aws:ecr:eu-west-1:111122223333:<name>",
    ],
)
def test_a_resource_with_wildcards_or_placeholders_has_no_flaw(arn: str) -> None:
    assert arns.flaw(value(arn)) is None


def test_a_hole_in_an_arn_with_five_colons_has_none_where_it_matches_a_repository() -> None:
    assert arns.flaw(value("arn:aws:ecr:", HOLE, ":", HOLE, ":repo/", HOLE)) is not None
    assert arns.flaw(value("arn:aws:ecr:", HOLE, ":111122223333:shop")) is not None
    assert arns.flaw(value("arn:aws:ecr:", HOLE, ":", HOLE, ":", HOLE)) is None
    assert arns.flaw(value("arn:aws:ecr:", HOLE, ":", HOLE, ":repository/", HOLE)) is None


def test_a_hole_that_may_hold_colons_hides_what_follows() -> None:
    assert arns.flaw(value("arn:aws:ecr:", HOLE, ":shop")) is None
    assert arns.flaw(value("arn:aws:ecr:", HOLE, ":111122223333:shop:1.4")) is None
    assert arns.flaw(value("arn:aws:ecr:", REGION, ":111122223333:shop")) is not None


def test_the_repository_above_a_pattern_is_its_arn_without_the_end() -> None:
    above = arns.below(value("arn:aws:ecr:", REGION, ":111122223333:", "repository/", "shop", "/*"))
    assert above is not None
    assert string(arns.name_in(above)) == "shop"
    assert arns.below(value("arn:aws:ecr:*:*:repository/*")) is None
    assert arns.below(value("arn:aws:s3:::shop/*")) is None


@pytest.mark.parametrize(
    ("image", "word"),
    [
        ("https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop", "scheme"),
        ("11112222333.dkr.ecr.eu-west-1.amazonaws.com/shop", "11 digits"),
        ("111122223333.dkr.ecr.cn-north-1.amazonaws.com/shop", "amazonaws.com.cn"),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com", "names no repository"),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/Shop", "upper case"),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:", "no tag"),
        ("111122223333.ecr.eu-west-1.amazonaws.com/shop", "dkr."),
        ("111122223333.api.ecr.eu-west-1.amazonaws.com/shop", "API"),
    ],
)
def test_a_reference_that_cannot_be_pulled_is_told(image: str, word: str) -> None:
    assert word in (images.flaw(value(image)) or "")


@pytest.mark.parametrize(
    "image",
    [
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/shop_2:1.4",
        "111122223333.dkr-ecr.eu-west-1.on.aws/shop",
        "111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/shop",
        "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/shop@sha256:0123",
        "111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu/shop",
        "ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME",
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/APP_NAME:1",
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop-__BRANCH__",
        "public.ecr.aws/nginx/nginx",
        "Shop",
    ],
)
def test_every_form_of_a_registry_is_one(image: str) -> None:
    assert images.flaw(value(image)) is None


@pytest.mark.parametrize(
    ("action", "meant"),
    [
        ("ecr:UploadLayerParts", "ecr:UploadLayerPart"),
        ("ECR:getauthorisationtoken", "ecr:GetAuthorizationToken"),
        ("ecr:InitateLayerUpload", "ecr:InitiateLayerUpload"),
        ("ecr:Get", "ecr:Get*"),
        ("ecr-public:BatchGetImage", "ecr:BatchGetImage"),
        ("ecr:FrobnicateLayers", None),
    ],
)
def test_a_misspelt_action_has_a_nearest_one(action: str, meant: str | None) -> None:
    assert spelling.matches_nothing(value(action))
    assert spelling.nearest(value(action)) == meant


@pytest.mark.parametrize("action", ["ecr:*", "ecr:Put?mage", "s3:GetObjects", "*", "ecr:ReplicateImage"])
def test_what_matches_an_action_or_is_of_another_service_is_not_misspelt(action: str) -> None:
    assert not spelling.matches_nothing(value(action))


def test_an_action_with_a_hole_may_be_any() -> None:
    assert not spelling.matches_nothing(value("ecr:", HOLE))
    assert not spelling.matches_nothing(HOLE)


def test_the_key_of_an_instance_may_have_dots() -> None:
    assert type_of('module.images["shop.web"].aws_ecr_repository.app') == "aws_ecr_repository"
    assert short_name('module.images["shop.web"].aws_ecr_repository.app["v1.2"]', SPAN) == 'app["v1.2"]'
