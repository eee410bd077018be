"""IAM's patterns, three-valued: what is definite must hold for every filling of the holes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ecrlint.iam import patterns
from ecrlint.iam.patterns import matches, matches_arn, overlaps, overlaps_on_repository
from ecrlint.model.source import Source, Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth, truth
from ecrlint.model.value import Choice, Flag, Ref, Scalar, Text, Unknown, Value

SPAN = Span(Source("main.tf", ""), 0, 0)


def lit(text: str) -> Scalar:
    return Scalar(text, SPAN)


def ref(name: str) -> Ref:
    """`address.attribute`: `aws.region`, `aws_iam_role.x.arn`; a variable has no attribute."""
    if name.startswith("var."):
        return Ref(name, "", SPAN)
    address, _, attribute = name.rpartition(".")
    return Ref(address, attribute, SPAN)


def unknown() -> Unknown:
    return Unknown("computed by a script", SPAN)


def choice(then: Value, otherwise: Value) -> Choice:
    return Choice(Flag("IsProd"), then, otherwise, SPAN)


def text(*parts: str | Value) -> Text:
    """Values, and strings in which `{name}` is a reference."""
    return Text(tuple(piece for part in parts for piece in ([part] if not isinstance(part, str) else _template(part))), SPAN)


def _template(string: str) -> Iterator[Value]:
    for at, piece in enumerate(string.replace("}", "{").split("{")):
        yield ref(piece) if at % 2 else lit(piece)


ARN = "arn:aws:ecr:us-east-1:111122223333:repository/"


def test_a_pattern_matches_as_a_whole() -> None:
    assert matches(lit("ecr:Get"), lit("ecr:GetAuthorizationToken")) is NO
    assert matches(lit("ecr:Get*"), lit("ecr:GetAuthorizationToken")) is YES
    assert matches(lit("*Token"), lit("ecr:GetAuthorizationToken")) is YES


def test_an_action_pattern_ignores_case() -> None:
    assert matches(lit("ECR:get*"), lit("ecr:GetAuthorizationToken"), ignore_case=True) is YES
    assert matches(lit("ECR:get*"), lit("ecr:GetAuthorizationToken")) is NO


def test_the_actions_of_ecr_are_not_those_of_ecr_public() -> None:
    assert matches(lit("ecr:*"), lit("ecr-public:GetAuthorizationToken")) is NO


def test_a_question_mark_is_exactly_one_character() -> None:
    assert matches(lit("a?c"), lit("abc")) is YES
    assert matches(lit("a?c"), lit("ac")) is NO
    assert matches(lit("*?c"), lit("c")) is NO


def test_wildcards_may_not_share_characters() -> None:
    assert matches(lit("ab*ba"), lit("aba")) is NO


def test_brackets_are_characters_like_others() -> None:
    assert matches(lit("[a]"), lit("a")) is NO
    assert matches(lit("[a]"), lit("[a]")) is YES


def test_a_wildcard_in_the_text_is_a_character() -> None:
    assert matches(lit("abc"), lit("a*c")) is NO
    assert matches(lit("a?c"), lit("a*c")) is YES


def test_a_policy_variable_is_known_only_to_the_request() -> None:
    assert matches(lit("repository/${aws:PrincipalTag/team}/*"), lit("repository/core/api")) is MAYBE
    assert matches(lit("repository/${aws:PrincipalTag/team}/*"), lit("bucket/core/api")) is NO
    assert matches(lit("a${*}c"), lit("abc")) is NO
    assert matches(lit("a${*}c"), lit("a*c")) is YES


def test_a_hole_of_the_text_is_swallowed_by_a_star() -> None:
    assert matches(lit("repository/*"), text("repository/", unknown())) is YES
    assert matches(lit("repository/a*"), text("repository/", unknown())) is MAYBE
    assert matches(lit("bucket/*"), text("repository/", unknown())) is NO


def test_the_same_reference_on_both_sides_is_the_same_string() -> None:
    assert matches(text("{aws_x.a.name}/*"), text("{aws_x.a.name}/b")) is YES
    assert matches(text("{aws_x.a.name}/*"), text("{aws_x.a.name}")) is NO
    assert matches(text("{aws_x.a.name}/*"), text("{aws_x.b.name}")) is MAYBE


def test_a_variable_on_both_sides_matches_itself_even_if_it_has_wildcards() -> None:
    assert matches(ref("var.x"), ref("var.x")) is YES


def test_a_variable_in_a_pattern_may_be_a_star() -> None:
    assert matches(ref("var.x"), lit("*")) is MAYBE
    assert matches(text("repository/{var.x}"), lit("repository/a")) is MAYBE


def test_an_unknown_value_is_not_even_itself() -> None:
    hole = unknown()
    assert matches(text("a", hole), text("a", hole)) is MAYBE


def test_both_sides_of_a_choice_must_agree() -> None:
    assert matches(choice(lit("a*"), lit("*b")), lit("ab")) is YES
    assert matches(choice(lit("a*"), lit("b*")), lit("ab")) is MAYBE
    assert matches(choice(lit("x*"), lit("b*")), lit("ab")) is NO
    assert matches(text("a", choice(lit("b"), lit("*")), "c"), lit("abc")) is YES


def test_many_choices_in_one_text_are_given_up() -> None:
    both = choice(lit("a"), lit("b"))
    assert matches(text(*[both] * 40), lit("a" * 40)) is MAYBE
    assert matches(text("x", *[both] * 40), lit("a" * 40)) is NO


@pytest.mark.parametrize(
    ("pattern", "repository", "expected"),
    [
        ("my-app", "my-app", YES),
        ("my-app", "my-app/api", NO),
        ("my-app/*", "my-app", NO),
        ("my-app/*", "my-app/api", YES),
        ("my-app*", "my-app", YES),
        ("my-app*", "my-app/api", YES),
        ("*", "my-app", YES),
        ("*", "my-app/api", YES),
        ("team-*/svc", "my-app", NO),
        ("team-*/svc", "team-a/b/svc", YES),
        ("my-app:latest", "my-app", NO),
    ],
)
def test_the_resource_patterns_of_the_ecr_guide(pattern: str, repository: str, expected: Truth) -> None:
    assert matches_arn(lit(ARN + pattern), lit(ARN + repository)) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "arn:aws:ecr:us-east-1:111122223333:my-app",
        "arn:aws:ecr:us-east-1:111122223333:repository:my-app",
        "111122223333.dkr.ecr.us-east-1.amazonaws.com/my-app",
        "arn:aws:ecr:us-east-1::repository/my-app",
        "arn:aws:ecr:::repository/my-app",
        "arn:aws-cn:ecr:us-east-1:111122223333:repository/my-app",
        "arn:aws:ecr-public::111122223333:repository/my-app",
        "arn:aws:s3:::*",
        "",
    ],
)
def test_shapes_that_never_match_a_repository(pattern: str) -> None:
    assert matches_arn(lit(pattern), lit(ARN + "my-app")) is NO
    known_nothing = text("arn:{aws.partition}:ecr:{aws.region}:{aws.account_id}:repository/my-app")
    if not pattern.startswith("arn:aws-cn"):
        assert matches_arn(lit(pattern), known_nothing) is NO


@pytest.mark.parametrize("pattern", ["arn:aws:ecr:*:*:*", "arn:*", "arn:aws:ecr:*:*:repository/*", ARN + "app", "", "ecr"])
def test_the_resource_of_the_login_token_is_not_covered_by_an_arn(pattern: str) -> None:
    assert matches_arn(lit(pattern), lit("*")) is NO


@pytest.mark.parametrize("pattern", ["*", "**", "***"])
def test_the_resource_of_the_login_token_is_covered_by_a_star(pattern: str) -> None:
    assert matches_arn(lit(pattern), lit("*")) is YES


def test_the_arn_of_a_thing_is_never_a_star() -> None:
    assert matches_arn(ref("aws_ecr_repository.app.arn"), lit("*")) is NO
    assert matches_arn(text("{aws_ecr_repository.app.arn}*"), lit("*")) is NO
    assert matches_arn(ref("Repo.Arn"), lit("*")) is NO
    assert matches_arn(text("arn:aws:ecr:*:*:repository/{var.name}"), lit("*")) is NO


def test_a_variable_may_be_a_star() -> None:
    assert matches_arn(ref("var.resource"), lit("*")) is MAYBE
    assert matches_arn(ref("var.repo.arn"), lit("*")) is MAYBE
    assert matches_arn(ref("module.a.var.resource"), lit("*")) is MAYBE
    assert matches_arn(ref("module.registry.arn"), lit("*")) is MAYBE
    assert matches_arn(ref('module.registry["a.b"].arn'), lit("*")) is MAYBE
    assert matches_arn(unknown(), lit("*")) is MAYBE
    assert matches_arn(choice(lit("*"), lit(ARN + "app")), lit("*")) is MAYBE


@pytest.mark.parametrize("repository", ["aws_ecr_repository.app.arn", 'module.a["x"].aws_ecr_repository.app[0].arn', "Repo.Arn"])
def test_below_a_repository_is_not_the_repository(repository: str) -> None:
    arn = ref(repository)
    assert matches_arn(arn, arn) is YES
    assert matches_arn(text(arn, "*"), arn) is YES
    assert matches_arn(text(arn, "/*"), arn) is NO
    assert matches_arn(text(arn, "/*"), text(arn, "/api")) is YES


def test_what_every_repository_arn_has_in_common_is_known() -> None:
    arn = ref("aws_ecr_repository.app.arn")
    assert matches_arn(lit("arn:aws:s3:::*"), arn) is NO
    assert matches_arn(lit("arn:*:ecr:*:*:repository/*"), arn) is YES
    assert matches_arn(lit("arn:aws:ecr:*:*:repository/*"), arn) is MAYBE
    assert matches_arn(lit("arn:aws:ecr:*:*:repository/My*"), arn) is NO
    assert matches_arn(text("arn:*:ecr:*:*:repository/{aws_ecr_repository.app.name}"), arn) is YES
    assert matches_arn(text("arn:*:ecr:*:*:repository/{aws_ecr_repository.app.name}/*"), arn) is NO


def test_region_and_account_of_the_deployment_do_not_hide_the_name() -> None:
    here = text("arn:{aws.partition}:ecr:{aws.region}:{aws.account_id}:repository/app")
    assert matches_arn(lit("arn:aws:ecr:*:*:repository/app"), here) is MAYBE
    assert matches_arn(lit("arn:*:ecr:*:*:repository/app"), here) is YES
    assert matches_arn(lit(ARN + "app"), here) is MAYBE
    assert matches_arn(lit(ARN + "other"), here) is NO
    pattern = text("arn:aws:ecr:{aws.region}:{aws.account_id}:repository/app/*")
    assert matches_arn(pattern, lit(ARN + "app")) is NO
    assert matches_arn(pattern, lit(ARN + "app/x")) is MAYBE
    assert matches_arn(pattern, here) is NO


def test_a_variable_as_the_last_segment_does_not_reach_another_service() -> None:
    assert matches_arn(text("arn:aws:s3:::{var.bucket}/*"), lit(ARN + "app")) is NO
    assert matches_arn(text("arn:aws:ecr:*:*:repository/{var.name}"), lit(ARN + "app")) is MAYBE
    assert matches_arn(text("{var.prefix}:repository/other"), lit(ARN + "app")) is NO
    assert matches_arn(text("{var.prefix}:repository/app"), lit(ARN + "app")) is MAYBE


def test_a_star_within_a_segment_does_not_settle_what_lies_beyond_its_colon() -> None:
    assert matches_arn(lit("arn:aws:ecr:*"), lit(ARN + "app")) is YES
    assert matches_arn(lit("arn:aws:ecr:*:repository/app"), lit(ARN + "app")) is MAYBE
    assert matches_arn(lit("arn:aws:ecr:*:repository/app"), lit(ARN + "other")) is NO
    assert matches_arn(lit("arn:aws:ecr"), lit(ARN + "app")) is MAYBE
    assert matches_arn(lit("arn:aws:s3"), lit(ARN + "app")) is NO


def test_the_last_segment_may_have_colons() -> None:
    stream = "arn:aws:logs:us-east-1:111122223333:log-group:/ecs/app:log-stream:a/b"
    assert matches_arn(lit("arn:aws:logs:*:*:*"), lit(stream)) is YES
    assert matches_arn(lit("arn:aws:logs:*:*:log-group:/ecs/app:*"), lit(stream)) is YES
    assert matches_arn(lit("arn:aws:logs:*:*:log-group:/ecs/other:*"), lit(stream)) is NO
    assert matches_arn(lit("arn:aws:logs:*:log-group:/ecs/app:log-stream:*"), lit(stream)) is MAYBE


def test_patterns_overlap_if_one_string_matches_both() -> None:
    assert overlaps(lit("a*"), lit("*b")) is YES
    assert overlaps(lit("a*"), lit("b*")) is NO
    assert overlaps(lit("ecr:Get*"), lit("ecr:*Token")) is YES
    assert overlaps(lit("?"), lit("ab*")) is NO
    assert overlaps(lit("a?c*"), lit("*?bd")) is YES
    assert overlaps(text("{aws_x.a.name}/*"), text("{aws_x.a.name}")) is NO
    assert overlaps(text("{aws_x.a.name}/*"), text("{aws_x.a.name}/b*")) is YES
    assert overlaps(lit("a*"), text("a", unknown())) is YES
    assert overlaps(lit("ab"), text("a", unknown())) is MAYBE


def test_patterns_overlap_on_a_repository() -> None:
    assert overlaps_on_repository(lit("*"), lit(ARN + "a")) is YES
    assert overlaps_on_repository(lit("*"), lit("arn:aws:s3:::*")) is NO
    assert overlaps_on_repository(lit("*"), lit("*")) is YES
    assert overlaps_on_repository(lit("arn:aws:ecr:*:*:repository/a/*"), lit("arn:aws:ecr:*:*:repository/b")) is NO
    assert overlaps_on_repository(lit("arn:aws:ecr:*:*:repository/a*"), lit(ARN + "ab")) is YES
    arn = ref("aws_ecr_repository.app.arn")
    assert overlaps_on_repository(arn, arn) is YES
    assert overlaps_on_repository(arn, lit("*")) is YES
    assert overlaps_on_repository(arn, text(arn, "/*")) is NO
    assert overlaps_on_repository(ref("Repo.Arn"), ref("Repo.Arn")) is YES
    assert overlaps_on_repository(unknown(), lit("*")) is MAYBE


def test_a_hostile_pattern_is_decided() -> None:  # without the bounds this would not end
    assert matches(lit("*a" * 5_000), lit("a" * 4_000 + "b")) is NO
    assert matches(lit("*a" * 5_000 + "?"), lit("a" * 5_001)) is YES
    assert matches(text("*a" * 5_000, unknown()), text("a" * 5_000, unknown(), "b")) in (MAYBE, YES)
    assert matches(lit("?*" * 5_000), text(unknown(), "b" * 5_000)) in (MAYBE, YES)
    assert matches(lit("?" * 100_000), lit("a" * 100_000)) is MAYBE


# --- against an evaluator that knows no holes ----------------------------------------------------------------------


def plainly(pattern: str, text: str) -> bool:
    """Whether a pattern without holes matches, by the definition."""
    reachable = {0}
    for character in pattern:
        if character == "*":
            reachable = set(range(min(reachable), len(text) + 1)) if reachable else set()
        else:
            reachable = {at + 1 for at in reachable if at < len(text) and character in ("?", text[at])}
    return len(text) in reachable


ALPHABET = "ab:/*?"
LITERALS = st.text("ab:/", max_size=3)
HOLES = st.sampled_from(["var.x", "var.y", "aws.region", "aws.partition", "aws_iam_role.r.name", "?"])


def _filling(name: str, *, wild: bool) -> st.SearchStrategy[str]:
    """What a hole may turn out to be."""
    if name.startswith("aws."):
        return st.text("ab", min_size=1, max_size=2)
    if name.startswith("aws_"):
        return st.text("ab:/", min_size=1, max_size=3)
    return st.text(ALPHABET if wild else "ab:/*", max_size=3)


Piece = tuple[str, str]  # ("literal", its text) or ("hole", its name)


def _pieces(literals: st.SearchStrategy[str]) -> st.SearchStrategy[list[Piece]]:
    literal = st.tuples(st.just("literal"), literals)
    hole = st.tuples(st.just("hole"), HOLES)
    return st.lists(st.one_of(literal, literal, hole), max_size=5)


PATTERNS = _pieces(st.text("ab:/*?", max_size=3))
TEXTS = _pieces(LITERALS)


def _value(pieces: list[Piece]) -> Value:
    return text(*(_hole(content) if kind == "hole" else lit(content) for kind, content in pieces))


def _hole(name: str) -> Value:
    return unknown() if name == "?" else ref(name)


def _fill(data: st.DataObject, pieces: list[Piece], known: dict[str, str]) -> str:
    """The string with its holes filled: a reference with what it is everywhere, an unknown hole with something new."""
    return "".join(_content(data, kind, content, known) for kind, content in pieces)


def _content(data: st.DataObject, kind: str, content: str, known: dict[str, str]) -> str:
    if kind == "literal":
        return content
    if content == "?":
        return data.draw(_filling("?", wild=True), label="unknown")
    if content not in known:
        known[content] = data.draw(_filling(content, wild=True), label=content)
    return known[content]


@settings(max_examples=500, deadline=None)
@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_without_holes_the_answer_is_that_of_the_definition(pattern: str, subject: str) -> None:
    assert matches(lit(pattern), lit(subject)) is truth(plainly(pattern, subject))
    assert matches(text(pattern), text(subject)) is truth(plainly(pattern, subject))


@settings(max_examples=400, deadline=None)
@given(PATTERNS, TEXTS, st.data())
def test_a_definite_match_holds_for_every_filling(pattern: list[Piece], subject: list[Piece], data: st.DataObject) -> None:
    answer = matches(_value(pattern), _value(subject))
    for _ in range(4):
        known: dict[str, str] = {}
        filled = plainly(_fill(data, pattern, known), _fill(data, subject, known))
        assert answer in (MAYBE, truth(filled))


@settings(max_examples=300, deadline=None)
@given(PATTERNS, PATTERNS, st.data())
def test_a_definite_overlap_holds_for_every_filling(one: list[Piece], other: list[Piece], data: st.DataObject) -> None:
    answer = overlaps(_value(one), _value(other))
    for _ in range(3):
        known: dict[str, str] = {}
        a, b = _fill(data, one, known), _fill(data, other, known)
        assert answer in (MAYBE, truth(_share_a_string(a, b)))


def _share_a_string(a: str, b: str) -> bool:
    """Whether two patterns without holes have a string in common, by looking at every pair of their positions."""
    seen, todo = set(), [(0, 0)]
    while todo:
        at = todo.pop()
        if at in seen:
            continue
        seen.add(at)
        todo.extend(_next(a, b, *at))
    return (len(a), len(b)) in seen


def _next(a: str, b: str, i: int, j: int) -> Iterator[tuple[int, int]]:
    if a[i : i + 1] == "*":
        yield i + 1, j
        if j < len(b):
            yield i, j + 1
    if b[j : j + 1] == "*":
        yield i, j + 1
        if i < len(a):
            yield i + 1, j
    if i < len(a) and j < len(b) and a[i] != "*" and b[j] != "*" and (a[i] == b[j] or "?" in (a[i], b[j])):
        yield i + 1, j + 1


NAMES = ["repository/a", "repository/*", "*", "repository/a/*", "repository/{var.x}", "repository/{aws_iam_role.q.name}*"]
# For each segment, what the subject below has there, and what covers it or does not.
SEGMENTS = [
    ["aws", "*", "a?s", "{var.x}"],
    ["ecr", "ecr", "s3", "e*"],
    ["{aws.region}", "*", "a*", "{var.x}"],
    ["1", "*", "?", ""],
]
ARNS = st.tuples(st.lists(st.sampled_from(["*", "a*"]), max_size=1), *map(st.sampled_from, SEGMENTS), st.sampled_from(NAMES))


@settings(max_examples=300, deadline=None)
@given(ARNS, st.integers(0, 9), st.data())
def test_a_definite_match_of_an_arn_holds_for_every_filling(
    drawn: tuple[list[str], str, str, str, str, str], dropped: int, data: st.DataObject
) -> None:
    """In both readings that AWS's pages leave open, where the pattern has six segments or more."""
    extra, *segments, name = drawn
    del segments[dropped : dropped + 1]
    pieces = _split(":".join(["arn", *segments, *extra, name]))
    subject = _split("arn:aws:ecr:{aws.region}:1:repository/{aws_iam_role.q.name}")
    answer = matches_arn(_value(pieces), _value(subject))
    for _ in range(4):
        known = {"aws_iam_role.q.name": data.draw(st.text("ab/", min_size=1, max_size=3))}
        pattern, filled = _fill(data, pieces, known), _fill(data, subject, known)
        assume(pattern.count(":") >= 5)
        loosely = plainly(pattern, filled)
        strictly = all(map(plainly, pattern.split(":", 5), filled.split(":", 5)))
        if answer is YES:
            assert strictly or pattern == "*"
        if answer is NO:
            assert not loosely


def _split(string: str) -> list[Piece]:
    """`a{hole}b` as pieces."""
    pieces: list[Piece] = []
    for at, piece in enumerate(string.replace("}", "{").split("{")):
        pieces.append(("hole" if at % 2 else "literal", piece))
    return pieces


@settings(max_examples=100, deadline=None)
@given(PATTERNS, TEXTS)
def test_equality_is_a_match_without_wildcards(one: list[Piece], other: list[Piece]) -> None:
    answer = patterns.equals(_value(one), _value(other))
    if all(kind == "literal" for kind, _ in [*one, *other]):
        assert answer is truth("".join(c for _, c in one) == "".join(c for _, c in other))


def test_a_name_is_never_longer_than_itself() -> None:
    assert matches(text("team-{aws_iam_role.app.name}"), text("{aws_iam_role.app.name}")) is NO
    assert matches(text("*-{aws_iam_role.app.name}-*"), text("x{aws_iam_role.app.name}")) is NO
    assert matches(text("*-{aws_iam_role.app.name}"), text("x{aws_iam_role.app.name}")) is NO
    assert matches(text("*{aws_iam_role.app.name}"), text("{aws_iam_role.app.name}-x")) is MAYBE
    assert matches(text("team-{aws_iam_role.app.name}"), text("{aws_iam_role.other.name}")) is MAYBE
