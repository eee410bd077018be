"""What is written as the number of an AWS account, and whose a role is."""

from __future__ import annotations

from ecrlint.iam.request import segment
from ecrlint.model.policy import Role
from ecrlint.model.value import Value, string

_LEAST, _RIGHT = 9, 12
_SEQUENCE = "1234567890" * 3


def miscounted(account: str) -> str | None:
    """Why digits cannot be the number of an account, for a sentence about them; None where they may.

    A few digits, one digit again and again, and `1234567890` only stand in for a number: nobody deploys them.
    """
    if not account.isascii() or not account.isdigit() or len(account) == _RIGHT:
        return None
    if len(account) < _LEAST or len(set(account)) == 1 or _SEQUENCE.startswith(account):
        return None
    return f"names an account of {len(account)} digits, and accounts have {_RIGHT}"


def is_elsewhere(role: Role, account: Value | None) -> bool:
    """Whether a role is known to be in another account."""
    own = None if role.arn is None else segment(role.arn, 4)
    return string(own) is not None and string(account) is not None and string(own) != string(account)
