"""Booleans: an argument that is one takes the string of one too, which Terraform and CloudFormation convert."""

from __future__ import annotations

from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value.types import Choice, Scalar, Value, is_null

_WORDS = {"true": YES, "1": YES, "false": NO, "0": NO}


def boolean(value: Value | None, default: Truth) -> Truth:
    """Whether an argument is true; `default` where it is not set, MAYBE where it is not known or is no boolean.

    https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion
    """
    match value:
        case Scalar(value=bool(known)):
            return YES if known else NO
        case Scalar(value=str(text)):
            return _WORDS.get(text.lower(), MAYBE)
        case Choice():
            then, otherwise = boolean(value.then, default), boolean(value.otherwise, default)
            return then if then is otherwise else MAYBE
        case _:
            return default if is_null(value) else MAYBE
