"""What both languages state in the same words of services that pull by themselves: Lambda and App Runner."""

from __future__ import annotations

from ecrlint.model.truth import NO, YES
from ecrlint.model.value import List, Value, is_null

PRIVATE = {"ECR": YES, "ECR_PUBLIC": NO}
"""Whether App Runner pulls from private ECR, by the type that a service states of its registry.

https://docs.aws.amazon.com/apprunner/latest/api/API_ImageRepository.html
"""


def architecture(stated: Value | None) -> Value | None:
    """The architecture of a function, which has a list of one; None where it states none."""
    if is_null(stated):
        return None
    if isinstance(stated, List):
        return stated.items[0] if stated.items else None
    return stated
