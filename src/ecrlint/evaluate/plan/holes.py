"""What stands in the place of a value that is not known before a plan is applied."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ecrlint.evaluate.plan.contents import PlannedInstance
from ecrlint.evaluate.plan.origins import InstanceScope, Origins
from ecrlint.model.source import Span
from ecrlint.model.value import List, Ref, Text, Unknown, Value

_LATER = "it is known only after deployment"

_POINTER = re.compile(
    r"(?:^|_)(?:ami|arns?|ids?|roles?|users?|groups?|subnets|identifiers|cluster|capacity_provider|profile|repository"
    r"|task_definition|permissions_boundary)$"
)
"""The attributes whose value is that of another resource, as it is. Of all others it may be made of that in any way."""

_SEVERAL = re.compile(r"(?:^|_)(?:arns|ids|roles|users|groups|subnets|identifiers|resources|documents)$")
"""The attributes that are lists."""

_NAMED = frozenset({("launch_template", "name"), ("iam_instance_profile", "name")})
"""The blocks that point to another resource by its name."""

_IDENTIFIES = frozenset({"arn", "id", "name", ""})

_REVISION = ("aws_ecs_task_definition", "revision")

_SOURCES = frozenset({"source_json", "override_json", "source_policy_documents", "override_policy_documents"})
"""What a policy document is put together from."""


class Holes:
    """Makes references of unknown values where the configuration names the one thing that they come from.

    `document` gives the document of an `aws_iam_policy_document`; `documents` are the attributes that hold one.
    """

    def __init__(self, origins: Origins, documents: frozenset[str], document: Callable[[PlannedInstance], Value]) -> None:
        self.origins = origins
        self.documents = documents | _SOURCES
        self.document = document

    def value(self, names: tuple[str, ...], expression: Any, scope: InstanceScope, span: Span) -> Value:
        """A value that the expression gives as a whole; `names` lead to it from the resource."""
        (found,) = self.values(names, expression, scope, [span])
        if _SEVERAL.search(names[-1]) and not isinstance(found, Unknown):
            return List((found,), span, complete=False)  # a list of which nothing is known may have known items too
        return found

    def values(self, names: tuple[str, ...], expression: Any, scope: InstanceScope, spans: Sequence[Span]) -> list[Value]:
        """The unknown items, at these places, of a list that the expression gives."""
        found = None if expression is None else self.origins.of(expression, scope)
        single = [(one, origin.attribute) for origin in found or () for one in origin.instances]
        if found is None or not single:
            return [Unknown(_LATER, span) for span in spans]
        if len(single) == len(spans):
            return [self._made(names, *one, span) for one, span in zip(single, spans, strict=True)]
        if len(single) == 1 and names[-1] == "resources":
            return [self._made(names, *single[0], span) for span in spans]
        return [Unknown(_LATER, span) for span in spans]

    def inside(self, names: tuple[str, ...], expression: Any, scope: InstanceScope, span: Span) -> Value:
        """An unknown value somewhere in what the expression gives: where all of it has one origin, it is made of that."""
        found = self.origins.of(expression, scope)
        single = [(one, origin.attribute) for origin in found or () for one in origin.instances]
        return self._made(names, *single[0], span) if len(single) == 1 else Unknown(_LATER, span)

    def _made(self, names: tuple[str, ...], origin: PlannedInstance, attribute: str, span: Span) -> Value:
        """The value that is made of an attribute of an instance and of nothing else that is unknown."""
        last = names[-1]
        if origin.kind == "data.aws_iam_policy_document":
            return self.document(origin) if last in self.documents else Unknown(_LATER, span)
        if attribute in _IDENTIFIES and last == "resources":
            more = Unknown("the plan does not say what may follow the ARN", span)
            return Text((Ref(origin.address, attribute or "arn", span), more), span)
        if (origin.kind, attribute) == _REVISION and last.startswith("task_definition"):
            return Ref(origin.address, "arn", span)  # of `family:revision` the family is known
        if attribute in _IDENTIFIES and (_POINTER.search(last) or names[-2:] in _NAMED):
            return Ref(origin.address, attribute or _implied(last), span)
        what = f"{origin.address}.{attribute}" if attribute else f"a value of {origin.address}"
        return Unknown(f"{what} is known only after deployment", span)


def _implied(pointer: str) -> str:
    """The attribute that a pointer takes of what it points to."""
    if re.search(r"(?:^|_)(?:ids?|subnets|security_groups)$", pointer):
        return "id"
    return "name" if re.search(r"(?:roles?|users?|groups?|profile|repository|name)$", pointer) else "arn"


def is_pointer(names: tuple[str, ...]) -> bool:
    """Whether an attribute holds what identifies another resource: not its own `arn` or `id`, which stand at the top."""
    return bool(_POINTER.search(names[-1])) and names not in (("arn",), ("id",))
