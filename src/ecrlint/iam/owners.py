"""Whose the accounts, principals and organizations are that a policy names: the user's own, or AWS's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ecrlint.iam.request import segment
from ecrlint.model.address import is_deployment
from ecrlint.model.truth import MAYBE, NO, Truth
from ecrlint.model.value import Ref, Text, Value, string

_OF_ONE_OWNER = re.compile(r"o-[a-z0-9]{10,32}/|arn:[^:*?]*:(iam|sts)::\d{12}:")
"""How a pattern begins that matches nothing but what belongs to one organization, or to one account."""

_ACCOUNT = re.compile(r"(arn:[^:]*:(iam|sts)::)?\d{12}(:root|:\*)?")

_IDENTITIES = re.compile(r"\b(aws_organizations_organization|aws_iam_role)\.")


def is_own(pattern: Value) -> bool:
    """Whether a pattern matches only an account, principal or organization of the user's own, so none of AWS's."""
    text = string(pattern)
    if text is not None:
        return "$" not in text and text != "" and (not re.search(r"[*?]", text) or _OF_ONE_OWNER.match(text) is not None)
    if isinstance(pattern, Ref):
        return is_deployment(pattern.address) or _IDENTITIES.search(pattern.address) is not None
    account = segment(pattern, 4)
    if account is not None and account is not pattern:
        return is_own(account)
    return isinstance(pattern, Text) and all(map(is_own, pattern.parts))


def names_account(pattern: Value) -> bool:
    """Whether a pattern is an account that is written out: its id, or the ARN of everybody in it."""
    return _ACCOUNT.fullmatch(string(pattern) or "") is not None


def matches_aws(listed: Sequence[Value]) -> Truth:
    """Whether any of these patterns may match an account, principal or organization of AWS's own.

    An account alone is the user's own; of several any may be one of AWS's that is let in, whose ids AWS does not publish.
    """
    if len(listed) > 1 and any(map(names_account, listed)):
        return MAYBE
    return NO if all(map(is_own, listed)) else MAYBE
