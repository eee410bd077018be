"""`dataclass` and `replace` as the standard library has them, at a twentieth of what it costs to make a class.

A start makes some 200 classes. A type checker sees the standard ones, and it is the type checker that holds `frozen`: while the
program runs, nothing does. The standard one looks at every field of every class and compiles its methods, one by one; here
`__init__` alone is compiled, when the first object of a class is made, the other methods read the fields with one `attrgetter`,
and what `dataclasses.fields` gives is made when somebody asks for it.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

__all__ = ["compared", "dataclass", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass, replace

    def compared(cls: type) -> tuple[str, ...]:
        """The names of the fields of a data class by which two objects are compared."""

else:
    from dataclasses import MISSING, Field
    from dataclasses import dataclass as standard

    def dataclass(cls=None, *, frozen=False, slots=False, eq=True):
        """A data class of `cls`; a method that it defines itself stays."""

        def make(cls):
            stated = _stated(cls)
            made = _with_slots(cls, stated) if slots else _without_fields(cls, stated)
            own = made.__dict__
            made.__dataclass_fields__ = _StandardFields(stated, own.get("__annotations__", {}))
            taken = tuple(name for name, default in stated.items() if getattr(default, "init", True))
            made.__init__ = _init(made)
            made.__match_args__ = taken
            made._taken = staticmethod(_values(taken))
            if "__repr__" not in own:
                made.__repr__ = _repr
            if eq:
                if "__eq__" not in own:
                    made.__eq__ = _eq(_reader(compared(made)))
                if own.get("__hash__") is None:
                    made.__hash__ = _hash(_reader(compared(made))) if frozen else None
            return made

        return make if cls is None else make(cls)

    def replace(it, /, **changes):
        """A data object with other values in some fields."""
        made = it.__class__
        return made(**{**dict(zip(made.__match_args__, made._taken(it), strict=True)), **changes})

    def compared(cls):
        return tuple(name for name, default in _fields(cls).items() if getattr(default, "compare", True))

    class _StandardFields:
        """The fields of a class: what each is by default, and for `dataclasses`, once it asks, as it has them."""

        def __init__(self, stated, annotations):
            self.stated, self.annotations, self.fields = stated, annotations, None

        def __get__(self, it, owner):
            if self.fields is None:
                self.fields = self._standard(owner.__name__)
            return self.fields

        def _standard(self, name):
            body = {name: default for name, default in self.stated.items() if default is not MISSING}
            types = {name: self.annotations.get(name, "") for name in self.stated}
            return standard(init=False, repr=False, eq=False)(
                type("Fields", (), {**body, "__annotations__": types})
            ).__dataclass_fields__

    def _fields(cls):
        """What each field of a data class is by default, by its name."""
        return next(
            base.__dict__["__dataclass_fields__"] for base in cls.__mro__ if "__dataclass_fields__" in base.__dict__
        ).stated

    def _stated(cls):
        """What each field of a class that is to be one is by default, first those of the classes that it is made of."""
        stated = {}
        for base in cls.__mro__[:0:-1]:
            if "__dataclass_fields__" in base.__dict__:
                stated.update(base.__dict__["__dataclass_fields__"].stated)
        own = cls.__dict__
        for name, kind in own.get("__annotations__", {}).items():
            if not kind.startswith("ClassVar"):
                stated[name] = own.get(name, MISSING)
        return stated

    def _without_fields(cls, stated):
        for name, default in stated.items():
            if isinstance(default, Field) and name in cls.__dict__:
                if default.default is MISSING:
                    delattr(cls, name)
                else:
                    setattr(cls, name, default.default)
        return cls

    def _with_slots(cls, stated):
        """The class with a slot for each field; a class is given its slots when it is made, so it is made again."""
        taken = {slot for base in cls.__mro__[1:] for slot in base.__dict__.get("__slots__", ())}
        body = {name: it for name, it in cls.__dict__.items() if name not in stated and name not in ("__dict__", "__weakref__")}
        made = type(cls)(cls.__name__, cls.__bases__, {**body, "__slots__": tuple(name for name in stated if name not in taken)})
        made.__qualname__ = cls.__qualname__
        return made

    def _init(made):
        def __init__(self, *values, **named):
            made.__init__ = _compiled(made)
            made.__init__(self, *values, **named)

        return __init__

    def _compiled(made):
        """The `__init__` of a class: each field from its argument, or else its default."""
        names = {"MISSING": MISSING}
        taken, body = [], []
        for name, stated in _fields(made).items():
            default, value = "", name
            plain, factory, given = (
                (stated.default, stated.default_factory, stated.init) if isinstance(stated, Field) else (stated, MISSING, True)
            )
            if plain is not MISSING:
                names[f"default_{name}"] = plain
                default = f"default_{name}"
            elif factory is not MISSING:
                names[f"new_{name}"] = factory
                default, value = "MISSING", f"new_{name}() if {name} is MISSING else {name}"
            if given:
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

    def _values(names):
        """What gives the values of these fields, as a tuple."""
        read = _reader(names)
        return (lambda it: (read(it),)) if len(names) == 1 else read

    def _reader(names):
        """What gives the values of these fields, of a single one the value itself."""
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
        shown = (name for name, default in _fields(self.__class__).items() if getattr(default, "repr", True))
        return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"
