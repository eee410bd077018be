"""`data "aws_iam_policy_document"`: the JSON document that the provider makes of its blocks."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.evaluate.document import decode
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, is_null, string

_VERSION = "2012-10-17"


def policy_document(attributes: Map) -> Value:
    """The document as IAM reads it, in places where its author wrote it.

    Sources come first, then the statements, then overrides; a statement with the Sid of an earlier one replaces it
    where it comes from an override. What a source may add is an unknown statement.
    """
    statements: list[Value] = []
    complete = True
    for name in ("source_json", "source_policy_documents"):
        for source in _documents(attributes.get(name)):
            complete = _extend(statements, source, override=False) and complete
    own = attributes.get("statement")
    if isinstance(own, List):
        statements.extend(_statement(block) for block in own.items)
        complete = complete and own.complete
    elif not is_null(own):
        complete = False
    for name in ("override_json", "override_policy_documents"):
        for source in _documents(attributes.get(name)):
            complete = _extend(statements, source, override=True) and complete
    span = attributes.span
    version = attributes.get("version")
    entries: dict[str, Value] = {
        "Version": Scalar(_VERSION, span) if version is None or is_null(version) else version,
        "Statement": List(tuple(statements), span, complete),
    }
    return Json(Map(entries, span), span)


def _documents(value: Value | None) -> Iterator[Value]:
    if value is None or is_null(value):
        return
    if isinstance(value, List):
        yield from (item for item in value.items if not is_null(item))
        if not value.complete:
            yield Unknown("a list of documents is not known", value.span)
    else:
        yield value


def _extend(statements: list[Value], source: Value, override: bool) -> bool:
    """Add a document's statements; False where it may have others."""
    if isinstance(source, Choice):
        return False
    document, _ = decode(source, "policy")
    found = document.entries.get("Statement") if isinstance(document, Map) else None
    if found is None:
        return string(source) == ""
    items = found.items if isinstance(found, List) else (found,)
    for item in items:
        sid = _sid(item)
        at = next((i for i, before in enumerate(statements) if sid and _sid(before) == sid), None)
        if at is not None and override:
            statements[at] = item
        else:
            statements.append(item)
    return found.complete if isinstance(found, List) else isinstance(found, Map)


def _sid(statement: Value) -> str | None:
    return string(statement.entries.get("Sid")) if isinstance(statement, Map) else None


_LISTS = {"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}


def _statement(block: Value) -> Value:
    if not isinstance(block, Map):
        return block
    span = block.span
    entries: dict[str, Value] = {}
    effect = block.get("effect")
    entries["Effect"] = Scalar("Allow", span) if effect is None or is_null(effect) else effect
    sid = block.get("sid")
    if sid is not None:
        entries["Sid"] = sid
    for name, element in _LISTS.items():
        value = block.get(name)
        if value is not None and not is_null(value) and not (isinstance(value, List) and value.complete and not value.items):
            entries[element] = _variables(value)
    for name, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        value = block.get(name)
        if isinstance(value, List) and (value.items or not value.complete):
            entries[element] = _principals(value)
        elif isinstance(value, Unknown):
            entries[element] = value
    conditions = block.get("condition")
    if isinstance(conditions, List) and (conditions.items or not conditions.complete):
        entries["Condition"] = _conditions(conditions)
    return Map(entries, span, block.complete)


def _principals(blocks: List) -> Value:
    by_kind: dict[str, list[Value]] = {}
    complete = blocks.complete
    for block in blocks.items:
        kind = string(block.entries.get("type")) if isinstance(block, Map) else None
        found = block.entries.get("identifiers") if isinstance(block, Map) else None
        if kind is None or found is None:
            complete = False
            continue
        items = by_kind.setdefault(kind, [])
        if isinstance(found, List):
            items.extend(found.items)
            if not found.complete:
                items.append(Unknown("a list of principals is not known", found.span))
        else:
            items.append(found)
    entries: dict[str, Value] = {kind: List(tuple(items), blocks.span) for kind, items in by_kind.items()}
    if set(entries) == {"*"}:
        return Scalar("*", blocks.span) if complete else Unknown("a list of principals is not known", blocks.span)
    return Map(entries, blocks.span, complete)


def _conditions(blocks: List) -> Value:
    by_test: dict[str, dict[str, Value]] = {}
    complete = blocks.complete
    for block in blocks.items:
        if not isinstance(block, Map):
            complete = False
            continue
        test, variable, values = (block.entries.get(name) for name in ("test", "variable", "values"))
        test_name, variable_name = string(test), string(variable)
        if test_name is None or variable_name is None or values is None:
            complete = False
            continue
        by_test.setdefault(test_name, {})[variable_name] = _variables(values)
    entries: dict[str, Value] = {test: Map(keys, blocks.span) for test, keys in by_test.items()}
    return Map(entries, blocks.span, complete)


def _variables(value: Value) -> Value:
    """`&{aws:username}` is how a document writes the policy variable `${aws:username}`."""
    match value:
        case List():
            return List(tuple(map(_variables, value.items)), value.span, value.complete)
        case Scalar(value=str(text)) if "&{" in text:
            return Scalar(text.replace("&{", "${"), value.span)
        case Text():
            return Text(tuple(map(_variables, value.parts)), value.span)
        case Choice():
            return Choice(value.condition, _variables(value.then), _variables(value.otherwise), value.span)
        case Ref() | Unknown() | Map() | Json() | Scalar():
            return value
