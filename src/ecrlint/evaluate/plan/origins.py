"""Where a value that is not known yet comes from, by the references that the plan's configuration keeps of expressions.

The configuration names what an expression refers to and does not keep the expression. So what is found here is what
the value is made of; whether it is that very value, the reader of the attribute must know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecrlint.evaluate.budget import Budget, Exceeded
from ecrlint.evaluate.plan.address import InstanceKey, ModulePath, longest, names, steps
from ecrlint.evaluate.plan.contents import Contents, PlannedInstance, mapping
from ecrlint.evaluate.plan.secrets import any_true
from ecrlint.model.dataclass import dataclass

MAX_STEPS = 1_000
"""How many references are followed for one value; a hostile plan may refer in circles."""

_Step = str | tuple[InstanceKey]
_KNOWN_ROOTS = frozenset({"count", "path", "terraform", "self"})


@dataclass(frozen=True, slots=True)
class InstanceScope:
    """Where an expression stands: in a module, in a block of it (None for an output), for one key of that block."""

    module: ModulePath
    key: InstanceKey
    block: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Origin:
    """An attribute of a resource or data source, which is not known yet. `attribute` is empty where its name was
    computed; `instances` are more than one where the expression does not say which."""

    instances: tuple[PlannedInstance, ...]
    attribute: str


class _OpenError(Exception):
    """There may be origins that the configuration does not tell."""


class Origins:
    """Follows references through variables and outputs to the resources at their other end."""

    def __init__(self, contents: Contents, budget: Budget) -> None:
        self.contents = contents
        self.budget = budget
        self._left = 0

    def of(self, expression: Any, scope: InstanceScope) -> tuple[Origin, ...] | None:
        """Everything unknown that an expression is made of, each once; None where there may be more."""
        self._left = MAX_STEPS
        try:
            return tuple(dict.fromkeys(self._expression(expression, scope, (), False)))
        except (_OpenError, RecursionError):
            return None

    def _expression(self, expression: Any, scope: InstanceScope, rest: tuple[_Step, ...], same_key: bool) -> Iterator[Origin]:
        references = mapping(expression).get("references", [])
        if not isinstance(references, list) or not all(isinstance(one, str) for one in references):
            raise _OpenError
        same_key = same_key or any(one.startswith(("each.", "count.")) for one in references)
        found = [steps(one) for one in longest(references)]
        for words in found:
            if rest and len(found) > 1 and len(words) == 2 and words[0] == "module":
                raise _OpenError  # `module.x[each.key].role`, and something of that: which output it is, is lost
            yield from self._reference(words + rest, scope, same_key)

    def _reference(self, words: tuple[_Step, ...], scope: InstanceScope, same_key: bool) -> Iterator[Origin]:
        self.budget.enter()
        try:
            self._left -= 1
            if self._left < 0:
                raise Exceeded(f"it comes from more than {MAX_STEPS} references")
            yield from self._origins(words, scope, same_key)
        finally:
            self.budget.leave()

    def _origins(self, words: tuple[_Step, ...], scope: InstanceScope, same_key: bool) -> Iterator[Origin]:
        match words:
            case (str(root), *_) if root in _KNOWN_ROOTS:
                return
            case ("each", "key", *_):
                return
            case ("each", "value", *rest) if scope.block is not None:
                yield from self._expression(scope.block.get("for_each_expression"), scope, tuple(rest), True)
            case ("var", str(name), *rest):
                yield from self._variable(name, tuple(rest), scope)
            case ("module", str(name), *rest):
                yield from self._call(name, tuple(rest), scope, same_key)
            case ("data", str(kind), str(name), *rest):
                yield from self._resource(f"data.{kind}", name, tuple(rest), scope, same_key)
            case (str(kind), str(name), *rest) if kind not in ("local", "each"):
                yield from self._resource(kind, name, tuple(rest), scope, same_key)
            case _:
                raise _OpenError

    def _variable(self, name: str, rest: tuple[_Step, ...], scope: InstanceScope) -> Iterator[Origin]:
        """What the call of the module gives for a variable; those of the root are known when a plan is made."""
        if not scope.module:
            return
        outside, (call_name, key) = scope.module[:-1], scope.module[-1]
        call = self.contents.configuration.call(names(outside), call_name)
        if call is None:
            raise _OpenError
        expression = mapping(call.get("expressions")).get(name)
        if expression is not None:  # otherwise its default
            yield from self._expression(expression, InstanceScope(outside, key, call), rest, False)

    def _call(self, name: str, rest: tuple[_Step, ...], scope: InstanceScope, same_key: bool) -> Iterator[Origin]:
        given, rest = _split(rest)
        keys = self.contents.calls.get((scope.module, name), {})
        key = given[0] if given else _select(keys, scope, same_key)
        if key not in keys:
            raise _OpenError
        module = (*scope.module, (name, key))
        if rest and isinstance(rest[0], str):
            yield from self._output(module, rest[0], rest[1:])
        else:
            yield from self._any_output(module)

    def _any_output(self, module: ModulePath) -> Iterator[Origin]:
        """What the outputs of a module come from: of `module.x[each.key].role` the plan keeps `module.x`."""
        outputs = mapping(self.contents.configuration.module(names(module)).get("outputs"))
        found = dict.fromkeys(origin for name in outputs for origin in self._output(module, name, ()))
        if len({origin.instances for origin in found}) == 1 and len(found) > 1:
            yield Origin(next(iter(found)).instances, "")
        else:
            yield from found

    def _output(self, module: ModulePath, name: str, rest: tuple[_Step, ...]) -> Iterator[Origin]:
        output = mapping(self.contents.configuration.module(names(module)).get("outputs")).get(name)
        if not isinstance(output, dict):
            raise _OpenError
        yield from self._expression(output.get("expression"), InstanceScope(module, None, None), rest, False)

    def _resource(self, kind: str, name: str, rest: tuple[_Step, ...], scope: InstanceScope, same_key: bool) -> Iterator[Origin]:
        given, rest = _split(rest)
        instances = self.contents.named.get((scope.module, kind, name), {})
        if not instances and not self.contents.complete:
            raise _OpenError
        attribute = rest[0] if rest and isinstance(rest[0], str) else ""
        key = given[0] if given else _select(instances, scope, same_key)
        found = [instances[key]] if key in instances else [] if given else list(instances.values())
        self.budget.step(sum(one.length for one in found) >> 7)
        unknown = tuple(one for one in found if _is_unknown(one, attribute))
        if unknown:
            yield Origin(unknown, attribute)


def _split(rest: tuple[_Step, ...]) -> tuple[tuple[InstanceKey] | None, tuple[_Step, ...]]:
    """The key that comes next, if one does, and the steps after it."""
    if rest and isinstance(rest[0], tuple):
        return rest[0], rest[1:]
    return None, rest


def _select(keys: Mapping[InstanceKey, object], scope: InstanceScope, same_key: bool) -> InstanceKey:
    """The key that a reference without one means: that of the instance where it speaks of it, or the only one."""
    if len(keys) == 1:
        return next(iter(keys))
    return scope.key if same_key else None


def _is_unknown(instance: PlannedInstance, attribute: str) -> bool:
    """Whether an attribute is not known before the plan is applied; empty: whether any is."""
    parts = instance.parts()
    if not instance.told:
        return attribute not in parts.values
    data = None if parts.unknown is None else parts.unknown.data
    return any_true(mapping(data).get(attribute) if attribute else data)
