"""`dataclass` as the standard library has it, at a tenth of what it costs to make a class: a start makes some 130 of them.

A type checker sees the standard one, and it is the type checker that holds `frozen`: while the program runs, nothing does.
The standard one compiles every method of every class, one by one; here `__init__` alone is compiled, when the first object
of a class is made, and the other methods read the fields with one `attrgetter`.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from dataclasses import MISSING, fields
    from dataclasses import dataclass as standard

    def dataclass(cls=None, *, frozen=False, slots=False, eq=True):
        """A data class of `cls`; a method that it defines itself stays."""

        def make(cls):
            own = cls.__dict__
            if not cls.__doc__:
                cls.__doc__ = cls.__qualname__  # else the standard one words the signature of every class
            made = standard(init=False, repr=False, eq=False, slots=slots)(cls)
            made.__init__ = _init(made)
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

    def _init(made):
        def __init__(self, *values, **named):
            made.__init__ = _compiled(made)
            made.__init__(self, *values, **named)

        return __init__

    def _compiled(made):
        """The `__init__` of a class: each field from its argument, or else its default."""
        names = {"MISSING": MISSING}
        taken, body = [], []
        for field in fields(made):
            name, default, value = field.name, "", field.name
            if field.default is not MISSING:
                names[f"default_{name}"] = field.default
                default = f"default_{name}"
            elif field.default_factory is not MISSING:
                names[f"new_{name}"] = field.default_factory
                default, value = "MISSING", f"new_{name}() if {name} is MISSING else {name}"
            if field.init:
                taken.append(f"{name}={default}" if default else name)
            elif default:
                value = f"new_{name}()" if default == "MISSING" else default
            else:
                continue
            body.append(f"self.{name} = {value}")
        if hasattr(made, "__post_init__"):
            body.append("self.__post_init__()")
        exec(f"def __init__({', '.join(['self', *taken])}):\n    " + "\n    ".join(body or ["pass"]), names)
        return names["__init__"]

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
