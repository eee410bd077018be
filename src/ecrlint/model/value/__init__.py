"""Values: what an expression is worth before deployment, and the one place that joins, compares and settles them.

`types` are the values, `condition` what decides between them, `text` joins strings and takes them apart, `choice` settles
conditions, `compare` tells whether values are equal, `boolean` whether one is true.
"""

from __future__ import annotations

from ecrlint.model.value.boolean import boolean
from ecrlint.model.value.choice import assume, deployed, first_condition, settle
from ecrlint.model.value.compare import apart, key, present, same, same_text
from ecrlint.model.value.condition import Condition, Equals, Flag, Opaque, Sides
from ecrlint.model.value.text import join, mentions, pieces, prefix, suffix, written
from ecrlint.model.value.types import (
    Choice,
    Json,
    List,
    Map,
    Ref,
    Scalar,
    Text,
    Unknown,
    Value,
    alternatives,
    holes,
    is_null,
    is_unknown,
    string,
)

__all__ = [
    "Choice",
    "Condition",
    "Equals",
    "Flag",
    "Json",
    "List",
    "Map",
    "Opaque",
    "Ref",
    "Scalar",
    "Sides",
    "Text",
    "Unknown",
    "Value",
    "alternatives",
    "apart",
    "assume",
    "boolean",
    "deployed",
    "first_condition",
    "holes",
    "is_null",
    "is_unknown",
    "join",
    "key",
    "mentions",
    "pieces",
    "prefix",
    "present",
    "same",
    "same_text",
    "settle",
    "string",
    "suffix",
    "written",
]
