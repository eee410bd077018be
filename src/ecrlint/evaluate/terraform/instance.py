"""One instance of a resource or data source, and what other expressions get of it."""

from __future__ import annotations

import re

from ecrlint.evaluate.budget import Exceeded
from ecrlint.evaluate.terraform.attributes import BLOCKS, META, BlockAttributes, exists
from ecrlint.evaluate.terraform.configuration import Body
from ecrlint.evaluate.terraform.policy_document import policy_document
from ecrlint.evaluate.terraform.root_module import RootModule
from ecrlint.evaluate.terraform.scope import Scope
from ecrlint.model.address import DEPLOYMENT
from ecrlint.model.source import Span
from ecrlint.model.stack import Resource
from ecrlint.model.value import Choice, List, Map, Ref, Scalar, Text, Unknown, Value, holes, is_null, join, pieces, string

_PLACE = {
    ("data.aws_caller_identity", "account_id"): "account_id",
    ("data.aws_region", "name"): "region",
    ("data.aws_region", "id"): "region",
    ("data.aws_region", "region"): "region",
    ("data.aws_partition", "partition"): "partition",
    ("data.aws_partition", "dns_suffix"): "dns_suffix",
}
"""Data sources that say where the stack is deployed: the same unknown wherever they stand."""

_IDENTIFYING = frozenset({"name", "bucket", "family", "repository_name", "role_name", "user_name", "group_name", "cluster_name"})
"""Arguments that name what a resource makes: to others it is that resource, however its name is put together."""

_COMPUTED = frozenset({"arn", "id", "unique_id"})
"""Attributes that exist only after deployment, whatever the configuration says."""


class ResourceInstance:
    """One instance of a resource or data source."""

    def __init__(
        self,
        unit: RootModule,
        scope: Scope,
        calls: tuple[Span, ...],
        kind: str,
        body: Body,
        address: str,
        when: Value,
        provider: str = DEPLOYMENT,
    ) -> None:
        self.unit = unit
        self.calls = calls
        self.kind = kind
        self.body = body
        self.address = address
        self.when = when
        self.provider = provider
        self.attributes = BlockAttributes(body, scope, unit, META, unit.documents(kind), BLOCKS)
        self._reading: set[str] = set()
        self._document: Value | None = None

    def attribute(self, name: str, span: Span) -> Value:
        """What another expression gets of it: the configured value where that is known throughout, otherwise a reference."""
        place = _PLACE.get((self.kind, name))
        if place is not None and not (place == "region" and self.attributes.keys() & {"name", "region"}):
            return Ref(self.provider, place, span)
        special = self._special(name)
        if special is not None:
            return special
        if name in _COMPUTED or name not in self.attributes or name in self._reading:
            return Ref(self.address, name, span)
        self._reading.add(name)
        try:
            value = self.attributes[name]
        finally:
            self._reading.discard(name)
        if not isinstance(value, Scalar):
            self.unit.budget.weigh(value)
        # An argument that is null is not set, and what is not set the provider may compute. Nor is it known how many
        # blocks there are of which a condition decides.
        loose = (Unknown, Choice) if name not in self.body.attributes else Unknown
        unset = is_null(value) or any(isinstance(hole, loose) for hole in holes(value))
        named = name in _IDENTIFYING and not self.kind.startswith("data.") and not isinstance(value, Scalar)
        return Ref(self.address, name, span) if unset or named else self._read_back(name, value)

    def _read_back(self, name: str, value: Value) -> Value:
        """A configured value as the provider reads it from AWS after deployment: IAM gives the URL of an OpenID Connect provider
        without its scheme.
        https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html
        """
        if (self.kind.removeprefix("data."), name) != ("aws_iam_openid_connect_provider", "url"):
            return value
        first, *rest = pieces(value)
        text = string(first)
        return value if text is None else join((Scalar(text.removeprefix("https://"), first.span), *rest), value.span)

    def _special(self, name: str) -> Value | None:
        if self.kind == "data.aws_iam_policy_document" and name in ("json", "minified_json"):
            if self._document is None:
                self._document = Unknown("the document refers to itself", self.body.span)
                self._document = self._policy_document()
            return self._document
        if self.kind == "data.template_file" and name == "rendered":
            return self._rendered()
        if self.kind in ("data.template_cloudinit_config", "data.cloudinit_config") and name == "rendered":
            return self._joined(self.attributes.get("part"))
        return None

    def _policy_document(self) -> Value:
        try:
            return policy_document(Map(self.attributes, self.body.span), self.unit.budget)
        except (Exceeded, RecursionError) as exceeded:
            return self.unit.budget.cut_off(self.address, exceeded, self.body.span)

    def _joined(self, parts: Value | None) -> Value:
        """The contents of all parts, in order. A text of pieces even where all is known, so that each keeps its place."""
        blocks = parts.items if isinstance(parts, List) else () if parts is None else (parts,)
        contents: list[Value] = []
        for block in blocks:
            content = self._content(block)
            self.unit.budget.step(self.unit.budget.weigh(content))
            contents += [*(content.parts if isinstance(content, Text) else (content,)), Scalar("\n", self.body.span)]
        if isinstance(parts, List) and not parts.complete:
            contents.append(Unknown("it may have more parts", self.body.span))
        return Text(tuple(contents), self.body.span)

    def _content(self, part: Value) -> Value:
        if isinstance(part, Choice):
            return Choice(part.condition, self._content(part.then), self._content(part.otherwise), part.span)
        if is_null(part):
            return Scalar("", part.span)
        content = part.get("content") if isinstance(part, Map) else None
        return Unknown("a part of it is not known", self.body.span) if content is None else content

    def _rendered(self) -> Value:
        template = self.attributes.get("template")
        given = self.attributes.get("vars")
        if isinstance(given, List) and len(given.items) == 1:  # a block, as before Terraform 0.12
            given = given.items[0]
        names = dict(given.entries) if isinstance(given, Map) else {}
        if template is None:
            return Unknown("the template is not known", self.body.span)
        from ecrlint.evaluate.terraform.forms import rendered_value

        return rendered_value(template, names, Scope(None, names, self.unit.budget))

    def resource(self) -> Resource:
        attributes = Map(self.attributes, self.body.span)
        return Resource(
            type=self.kind,
            address=self.address,
            attributes=attributes,
            span=self.body.span,
            exists=exists(self.when),
            calls=self.calls,
            when=self.when,
            provider=self.provider,
            ignored=ignored(self.body),
        )


def ignored(body: Body) -> frozenset[str]:
    """The attributes of which `lifecycle` says that changes to them are ignored."""
    listed = (inner.attributes.get("ignore_changes") for kind, _, inner in body.blocks if kind == "lifecycle")
    return frozenset(name for node in listed if node is not None for name in re.findall(r"\w+", node.span.text))
