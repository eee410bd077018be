"""Names by which the units of a repository find each other's resources."""

from __future__ import annotations

from ecrlint.model.value import Value, alternatives, apart, key, prefix, suffix


def may_be(name: Value, other: Value) -> bool:
    """Whether two names may be one. A name of which no part is known is nobody's: somewhere in a repository stands one."""
    return any(
        key(side) == key(against) or (_is_partly_known(side) and _is_partly_known(against) and not apart(side, against))
        for side in alternatives(name)
        for against in alternatives(other)
    )


def may_be_any(name: Value) -> bool:
    """Whether no part of a name may be known."""
    return not all(map(_is_partly_known, alternatives(name)))


def _is_partly_known(name: Value) -> bool:
    return bool(prefix(name) or suffix(name))
