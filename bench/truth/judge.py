"""What a rewrite did to the verdicts that it must not do."""

from __future__ import annotations

from dataclasses import dataclass

from ecrlint.model.finding import Severity
from truth.adders import CERTAIN, Adder
from truth.rewrite import Rewrite, Verdict, Verdicts


@dataclass(frozen=True)
class Judgement:
    """`new` are errors that were not there before, `lost` verdicts that are gone, `other` new ones of less weight."""

    new: frozenset[Verdict]
    lost: frozenset[Verdict]
    other: frozenset[Verdict]
    problems: frozenset[str]

    @property
    def is_violated(self) -> bool:
        return bool(self.new or self.lost or self.other or self.problems)


def judge_elsewhere(before: Verdicts, after: Verdicts) -> Judgement:
    """A unit that has nothing to do with the others takes no verdict away."""
    return Judgement(frozenset(), before.shown - after.shown, frozenset(), after.problems - before.problems)


def judge_within(after: Verdicts, adder: Adder, files: frozenset[str]) -> Judgement:
    """Where something may add to a set, no error in these files rests on the set being closed."""
    errors = (one for one in after.shown if one.severity is Severity.ERROR and after.paths[one] in files)
    left = (one for one in errors if one.rule in adder.rules and one.cause not in CERTAIN and ".aws_ecr" not in f".{one.address}")
    return Judgement(frozenset(left), frozenset(), frozenset(), frozenset())


REPORTED_AS = {
    "execution-role-cannot-pull": "pull-on-task-role",
    "execution-role-missing": "pull-on-task-role",
    "batch-without-execution-role": "pull-on-task-role",
    "endpoint-policy-blocks-images": "endpoint-policy-blocks-login",
    "endpoint-set-incomplete": "task-without-way-out",
    "pull-set-incomplete": "unknown-ecr-action",
    "push-set-incomplete": "unknown-ecr-action",
    "push-without-batch-get-image": "unknown-ecr-action",
}
"""Rules whose failure another rule reports where it knows more of it: in subnets that lead nowhere a VPC fails with some of the
endpoints as it does without any, and an action that is misspelt is one that is missing."""

ABOUT_ROLES_FOR_ECR = frozenset({"oidc-trust-never-matches", "oidc-subject-not-trusted", "oidc-audience-mismatch"})
"""Rules whose failure is there whatever a role may do, and is shown where the role may concern ECR."""


def judge(before: Verdicts, after: Verdicts, rewrite: Rewrite) -> Judgement:
    """Where the value is the same, the verdicts are the same; where it is not known, no error is new. An output that
    gave a name or an id to others and now has another value gives it to nobody, and a set that was open for that is closed."""
    shown = {verdict.outside(rewrite.module): verdict for verdict in after.shown}
    problems = after.problems - before.problems
    failing = {rule for rule, _ in before.failing}
    new = frozenset(
        verdict
        for verdict in shown.keys() - before.shown
        if verdict.severity is Severity.ERROR and REPORTED_AS.get(verdict.rule) not in failing
    )
    if rewrite.keeps_value:
        return Judgement(new, before.shown - shown.keys(), frozenset(shown.keys() - before.shown - new), problems)
    kept_back = before.given_out - after.given_out
    new = frozenset(
        one
        for one in new
        if one.rule not in ABOUT_ROLES_FOR_ECR
        and before.failing.isdisjoint(after.subjects[shown[one]])
        and kept_back.isdisjoint(address for _, address in after.subjects[shown[one]])
    )
    return Judgement(new, frozenset(), frozenset(), frozenset(problem for problem in problems if "Error:" in problem))
