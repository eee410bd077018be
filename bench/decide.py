"""Decisions on roles of 20 statements against plain regular expressions for the same action patterns.

.venv/bin/python bench/decide.py [rounds]

Both sides answer the same 10,000 questions: may this role call this action on this repository? The expressions only say
whether an action is among the patterns of a role; the decision weighs resources and Deny as well. Each round runs both,
one after the other, so that what slows the machine slows both; the ratio is that of the medians' pairs.
"""

from __future__ import annotations

import random
import re
import statistics
import sys
import time

from ecrlint.iam.decide import decide
from ecrlint.model.policy import Policy, Statement
from ecrlint.model.source import Source, Span
from ecrlint.model.value import Scalar, Value

SPAN = Span(Source("policy.json", ""), 0, 0)
DECISIONS, ROLES, STATEMENTS = 10_000, 50, 20
SERVICES = ["ecr", "s3", "logs", "ssm", "ecs", "kms", "secretsmanager", "dynamodb", "sqs", "sns"]
VERBS = ["Get*", "Put*", "List*", "Describe*", "Batch*", "*Image", "*Upload", "Create*", "GetObject", "*", "PutImage"]
ACTIONS = ["ecr:PutImage", "ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:InitiateLayerUpload", "s3:GetObject"]
ACTIONS += ["logs:PutLogEvents", "ssm:GetParameters", "ecr:CompleteLayerUpload", "kms:Decrypt", "sqs:SendMessage"]
ARN = "arn:aws:ecr:eu-west-1:111122223333:repository/"
RESOURCES = ["*", f"{ARN}*", f"{ARN}app-*", f"{ARN}app-3", "arn:aws:s3:::bucket/*", "arn:aws:logs:*:*:log-group:*"]


def values(words: list[str]) -> tuple[Value, ...]:
    return tuple(Scalar(word, SPAN) for word in words)


def role(draw: random.Random) -> list[list[str]]:
    """The action patterns of a role, statement by statement."""
    return [[f"{draw.choice(SERVICES)}:{draw.choice(VERBS)}" for _ in range(draw.randint(1, 5))] for _ in range(STATEMENTS)]


def policies(draw: random.Random, patterns: list[list[str]]) -> tuple[Policy, ...]:
    made = [
        Statement(
            "Deny" if draw.random() < 0.1 else "Allow", SPAN, actions=values(one), resources=values([draw.choice(RESOURCES)])
        )
        for one in patterns
    ]
    return tuple(Policy("identity", "app", tuple(made[at : at + 5]), SPAN) for at in range(0, STATEMENTS, 5))


def expressions(patterns: list[list[str]]) -> list[re.Pattern[str]]:
    """One compiled expression for each action pattern."""
    return [re.compile(re.escape(one).replace(r"\*", ".*"), re.IGNORECASE) for statement in patterns for one in statement]


def seconds(work: object, questions: list[tuple[int, str, str]]) -> float:
    start = time.perf_counter()
    for at, action, resource in questions:
        work(at, action, resource)  # type: ignore[operator]
    return time.perf_counter() - start


def main(rounds: int) -> None:
    draw = random.Random(1)
    roles = [role(draw) for _ in range(ROLES)]
    ours, theirs = [policies(draw, one) for one in roles], [expressions(one) for one in roles]
    questions = [(draw.randrange(ROLES), draw.choice(ACTIONS), f"{ARN}app-{draw.randrange(200)}") for _ in range(DECISIONS)]
    ratios = []
    for _ in range(rounds):
        plain = seconds(lambda at, action, _: [one for one in theirs[at] if one.fullmatch(action)], questions)
        full = seconds(lambda at, action, resource: decide(ours[at], action, resource), questions)
        ratios.append(full / plain)
        print(f"expressions {plain:.3f} s, decisions {full:.3f} s, ratio {ratios[-1]:.2f}")
    print(f"median ratio {statistics.median(ratios):.2f} over {rounds} paired rounds of {DECISIONS} decisions")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
