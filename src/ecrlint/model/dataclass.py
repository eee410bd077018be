"""`dataclass` as the standard library has it, at a fifth of what it costs to make a class: a start makes some 65 of them.

A type checker sees the standard one, and it is the type checker that holds `frozen`: while the program runs, nothing does.
The standard one compiles every method of every class, one by one; here only `__init__` is compiled, and the others read the
fields with one `attrgetter`.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from dataclasses import dataclass as standard
    from dataclasses import fields

    def dataclass(cls=None, *, frozen=False, slots=False, eq=True):
        """A data class of `cls`; a method that it defines itself stays."""

        def make(cls):
            made = standard(init=True, repr=False, eq=False, slots=slots)(cls)
            own = cls.__dict__
            if "__repr__" not in own:
                made.__repr__ = _repr
            if eq:
                compared = _reader([field.name for field in fields(made) if field.compare])
                if "__eq__" not in own:
                    made.__eq__ = _eq(compared)
                if own.get("__hash__") is None:
                    made.__hash__ = _hash(compared) if frozen else None
            return made

        return make if cls is None else make(cls)

    def _reader(names):
        return attrgetter(*names) if names else lambda it: ()

    def _eq(compared):
        def __eq__(self, other):
            return compared(self) == compared(other) if self.__class__ is other.__class__ else NotImplemented

        return __eq__

    def _hash(compared):
        def __hash__(self):
            return hash((compared(self),))

        return __hash__

    def _repr(self):
        said = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
        return f"{self.__class__.__qualname__}({said})"
