"""Modules, evaluated when asked for: each local module once per call, each resource once per key."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence

from ecrlint.evaluate.budget import DEEP, INSTANCE, Exceeded
from ecrlint.evaluate.placeholders import with_holes
from ecrlint.evaluate.terraform.attributes import MODULE_META, BlockAttributes, RepetitionKey, each_keys, others
from ecrlint.evaluate.terraform.configuration import Body, Folder
from ecrlint.evaluate.terraform.expression import evaluate
from ecrlint.evaluate.terraform.instance import ResourceInstance
from ecrlint.evaluate.terraform.operators import MAX_CHOICES, choice, conjunction, highest_count, more_than
from ecrlint.evaluate.terraform.providers import provider_name, provider_reference, provider_references
from ecrlint.evaluate.terraform.root_module import MAX_INSTANCES, MAX_NESTING, MODULE, RootModule
from ecrlint.evaluate.terraform.scope import Scope, force
from ecrlint.evaluate.terraform.variables import allowed_values, convert
from ecrlint.model.address import DEPLOYMENT
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span
from ecrlint.model.stack import Resource
from ecrlint.model.value import Choice, List, Map, Ref, Scalar, Unknown, Value, assume, string

UNREAD = "unread"
"""The type of what stands for a file that could not be read as a whole; `mentions` is what its text names."""

_ADDRESS = re.compile(r"\b((?:data\.)?aws_\w+)\.(\w[\w-]*)")
_QUOTED = re.compile(r'"([\w+=,.@/-]{1,128})"')


class ModuleInstance:
    """One call of a module (or the root): its variables have values, everything else follows from them."""

    def __init__(
        self,
        unit: RootModule,
        folder: Folder,
        prefix: str,
        inputs: Mapping[str, Value] | None,
        calls: tuple[Span, ...] = (),
        when: Value | None = None,
        ancestors: tuple[str, ...] = (),
        providers: Mapping[str, str] | None = None,
    ) -> None:
        self.unit = unit
        self.folder = folder
        self.prefix = prefix
        self.inputs = inputs or {}
        self.calls = calls
        self.when = when or Scalar(True, Source(folder.path, "").span(0, 0))
        self.ancestors = (*ancestors, folder.path)
        self.providers = providers or {}
        self._values: dict[tuple[str, str], Value] = {}
        self._open: set[tuple[str, str]] = set()
        self._instances: dict[tuple[str, str], Value] = {}
        self._calls: dict[str, Value] = {}
        self.scope = Scope(self, self._names(), unit.budget)
        unit.folder_paths.add(folder.path)

    def _names(self) -> Mapping[str, Value]:
        nowhere = Source(self.folder.path, "").span(0, 0)
        module_path = posixpath.relpath(self.folder.path or ".", self.unit.root or ".")
        return {
            "path": Map(
                {
                    "module": Scalar(module_path, nowhere),
                    "root": Scalar(".", nowhere),
                    "cwd": Scalar(".", nowhere),
                },
                nowhere,
            ),
            "terraform": Map({"workspace": Ref("terraform", "workspace", nowhere)}, nowhere),
        }

    # What expressions ask

    def variable(self, name: str, span: Span) -> Value:
        return self._once("var", name, span, self._variable)

    def _variable(self, name: str, span: Span) -> Value:
        body = self.folder.variables.get(name)
        if body is None:
            return Unknown(f"var.{name} is not declared", span, error=True)
        if not self.prefix and name in self.unit.open_variables:
            return self._not_known(name, body, span)
        given = self.inputs.get(name)
        nullable = body.attributes.get("nullable")
        is_null = isinstance(given, Scalar) and given.value is None
        if given is None or (is_null and nullable is not None and force(nullable).value is False):
            default = body.attributes.get("default")
            if default is None or (not self.prefix and self._stands_in(default, body.attributes.get("type"))):
                return self._not_known(name, body, span)
            given = evaluate(default, self.scope)
        return self._typed(body, given if self.prefix else with_holes(given))

    def _not_known(self, name: str, body: Body, span: Span) -> Value:
        """A variable whose value is not known; where its validations list strings, it is one of these."""
        stated = _stated_values(name, body)
        domain = tuple(node.value for node in stated) if all(node.tag == "string" for node in stated) else ()
        return Ref(f"{self.prefix}var.{name}", "", span, domain)

    def _typed(self, body: Body, given: Value) -> Value:
        if not isinstance(given, Scalar):
            self.unit.budget.weigh(given)
        return convert(given, body.attributes.get("type"), lambda node: evaluate(node, self.scope))

    def _stands_in(self, default: Node, kind: Node | None) -> bool:
        """Whether a default of the root, null or what is empty, only stands in for the value that a variable file outside of
        the repository gives. Where the repository has the files, they give all values. An object without attributes has the
        defaults of its type."""
        literal = force(default)
        if self.inputs or literal.value or literal.tag not in ("null", "string", "list", "map"):
            return False
        kind = None if literal.tag != "map" or kind is None else force(kind)
        return kind is None or kind.tag != "call" or kind.value[0] != "object"

    def of_few_values(self) -> Iterator[tuple[str, Node | None, tuple[Node, ...]]]:
        """The variables that have been asked for and have no value, and validations that list what they may be: name, default,
        and the list."""
        for kind, name in tuple(self._values):
            body = self.folder.variables.get(name) if kind == "var" and self.inputs.get(name) is None else None
            default = None if body is None else body.attributes.get("default")
            if body is not None and (stated := _stated_values(name, body)):
                yield name, None if default is None else force(default), stated

    def local(self, name: str, span: Span) -> Value:
        return self._once("local", name, span, self._local)

    def _local(self, name: str, span: Span) -> Value:
        expression = self.folder.locals.get(name)
        if expression is None:
            return Unknown(f"local.{name} is not declared", span, error=True)
        return evaluate(expression, self.scope)

    def output(self, name: str, span: Span) -> Value:
        return self._once("output", name, span, self._output)

    def _output(self, name: str, span: Span) -> Value:
        body = self.folder.outputs.get(name)
        value = body.attributes.get("value") if body else None
        if value is None:
            return Unknown(f"the module has no output {name}", span, error=True)
        return evaluate(value, self.scope)

    def _once(self, kind: str, name: str, span: Span, compute: Callable[[str, Span], Value]) -> Value:
        """A value that is computed once; one that needs itself is unknown, and a problem."""
        key = (kind, name)
        found = self._values.get(key)
        if found is not None:
            return found
        if key in self._open:
            self.unit.problem(f"{self.prefix}{kind}.{name} refers to itself", span)
            return Unknown(f"{kind}.{name} refers to itself", span)
        self._open.add(key)
        try:
            value = compute(name, span)
        except (Exceeded, RecursionError) as exceeded:
            value = self.unit.budget.cut_off(f"{self.prefix}{kind}.{name}", exceeded, self._declared(kind, name) or span)
        finally:
            self._open.discard(key)
        self._values[key] = value
        return value

    def _declared(self, kind: str, name: str) -> Span | None:
        """Where a variable, local or output is declared."""
        if kind == "local":
            expression = self.folder.locals.get(name)
            return None if expression is None else expression.span
        body = (self.folder.variables if kind == "var" else self.folder.outputs).get(name)
        return None if body is None else body.span

    def resource(self, kind: str, name: str, span: Span) -> Value:
        """The object or objects of a resource or data source, each a reference to one instance."""
        if (kind, name) not in self.folder.resources:
            return Ref(f"{self.prefix}{kind}.{name}", "", span)
        found = self._instances.get((kind, name))
        if found is None:
            found = self._expand((kind, name))
        return found

    def call(self, name: str, span: Span) -> Value:
        found = self._calls.get(name)
        if found is not None:
            return found
        body = self.folder.modules.get(name)
        if body is None:
            return Unknown(f"module.{name} is not declared", span, error=True)
        address = f"{self.prefix}module.{name}"
        keys, complete, single = self._keys(body, address)
        members: list[_Member] = []
        self._calls[name] = Unknown(f"module.{name} refers to itself", span)
        for one, scope in keys:
            made = address if single else f"{address}[{_label(one.name)}]"
            self.unit.objects[made] = ModuleCall(self, body, made, scope, one.when)
            members.append((one.name, one.when, Ref(made, "", body.span)))
        self._calls[name] = members[0][2] if single else _collection(members, body, complete)
        return self._calls[name]

    def attribute(self, ref: Ref, name: str, span: Span) -> Value:
        found = self.unit.objects.get(ref.address)
        return Ref(ref.address, name, span) if found is None else found.attribute(name, span)

    def is_single(self, address: str) -> bool:
        """Whether an address is one object, made without `count` or `for_each`."""
        return address in self.unit.objects and not address.endswith("]")

    def read_file(self, function: str, arguments: Sequence[Value], span: Span) -> Value:
        path = string(arguments[0]) if arguments else None
        if path is None or function not in ("file", "templatefile", "fileexists"):
            return Unknown(f"function {function} is not evaluated for this path", span)
        place = posixpath.normpath(posixpath.join(self.unit.root, path))
        source = self.unit.read(place)
        if function == "fileexists":
            return Scalar(True, span) if source else Unknown("the file may be made before deployment", span)
        if source is None:
            return Unknown(f'the file "{path}" is not here', span)
        self.unit.budget.write(len(source.text))
        self.unit.read_paths.add(source.path)
        if function == "file":
            return Scalar(source.text, source.span(0, len(source.text)))
        given = arguments[1] if len(arguments) > 1 else Map({}, span)
        if not isinstance(given, Map):
            return Unknown("the variables of the template are not known", span)
        template = self.unit.parse_template(source, source.text, 0)
        return evaluate(template, Scope(None, dict(given.entries), self.unit.budget))

    def function(self, name: str, arguments: Sequence[Value], span: Span) -> Value | None:
        """What a function gives that Terraform does not have: nothing."""
        return None

    # Providers

    def provider(self, name: str) -> str:
        """The address of the place that a provider of this module (`aws`, `aws.west`) deploys to."""
        if not self.prefix or any(self._configures(one, name) for one in self.folder.providers):
            return self._own_provider(name)
        return self.providers.get(name, f"{name}@{self.prefix}")

    def _configures(self, declared: tuple[str, Body], name: str) -> bool:
        """Whether a `provider` block configures this provider. One that states nothing only names a given one."""
        body = declared[1]
        is_proxy = name in self.providers and not body.blocks and body.attributes.keys() <= {"alias", "version"}
        return provider_name(declared) == name and not is_proxy

    def _own_provider(self, name: str) -> str:
        return f"{name}@{self.prefix}" if self.prefix else name

    def declared_providers(self) -> Iterator[tuple[str, Map]]:
        """The addresses and arguments of the AWS providers that are declared here and in the modules below."""
        for kind, body in self.folder.providers:
            if kind == DEPLOYMENT:
                address = self._own_provider(provider_name((kind, body)))
                yield address, Map(BlockAttributes(body, self.scope, self.unit), body.span)
        for child in self.children():
            yield from child.declared_providers()

    def provider_of(self, body: Body, address: str) -> str:
        """That of a resource: the one it names, otherwise the default. One that depends on a key is only its own."""
        node = body.attributes.get("provider")
        name = DEPLOYMENT if node is None else provider_reference(node)
        return f"aws@{address}" if name is None else self.provider(name)

    # Instances

    def _keys(self, body: Body, address: str) -> tuple[list[tuple[RepetitionKey, Scope]], bool, bool]:
        """The keys of a block's instances, each with the scope of that instance; whether these are all; whether there
        is just one, without a key."""
        count, each = body.attributes.get("count"), body.attributes.get("for_each")
        if count is None and each is None:
            nothing = Scalar(None, body.span)
            return [(RepetitionKey("", nothing, nothing, Scalar(True, body.span)), self.scope)], True, True
        word = "each" if count is None else "count"
        node = each if count is None else count
        assert node is not None
        try:
            keys, complete = each_keys(evaluate(node, self.scope), node.span) if count is None else self._counted(node)
        except (Exceeded, RecursionError) as exceeded:
            keys, complete = each_keys(self.unit.budget.cut_off(f"{word} of {address}", exceeded, node.span), node.span)
        budget = self.unit.budget
        most = min(MAX_INSTANCES, max(budget.steps, 0) // INSTANCE)
        if len(keys) > most:
            budget.note(body.span.path, f"only {most} of the {len(keys)} instances of {address} are evaluated")
            keys, complete = [*keys[:most], others(body.span)], False
        budget.afford(INSTANCE * len(keys))
        scopes = (self.scope.bind({word: Map({"index": k.key, "key": k.key, "value": k.value}, body.span)}) for k in keys)
        return list(zip(keys, scopes, strict=True)), complete, False

    def _counted(self, node: Node) -> tuple[list[RepetitionKey], bool]:
        span = node.span
        keys = []
        value = evaluate(node, self.scope)
        highest, complete = highest_count(value)
        for at in range(highest):
            index = Scalar(at, span)
            keys.append(RepetitionKey(str(at), index, index, more_than(value, at, span)))
        return keys, complete

    def _expand(self, key: tuple[str, str]) -> Value:
        kind, name = key
        body = self.folder.resources[key]
        address = f"{self.prefix}{kind}.{name}"
        self._instances[key] = Unknown(f"{kind}.{name} refers to itself", body.span)
        if not body.attributes.keys() & {"count", "for_each"}:  # by far the most: they need none of what follows
            self.unit.objects[address] = self._instance(kind, body, address, self.scope, self.when)
            only = self._instances[key] = Ref(address, "", body.span)
            return only
        keys, complete, single = self._keys(body, address)
        members: list[_Member] = []
        for one, scope in keys:
            made = address if single else f"{address}[{_label(one.name)}]"
            when = conjunction(self.when, one.when, body.span)
            self.unit.objects[made] = self._instance(kind, body, made, scope, when)
            members.append((one.name, one.when, Ref(made, "", body.span)))
        self._instances[key] = members[0][2] if single else _collection(members, body, complete)
        return self._instances[key]

    def _instance(self, kind: str, body: Body, address: str, scope: Scope, when: Value) -> ResourceInstance:
        return ResourceInstance(self.unit, scope, self.calls, kind, body, address, when, self.provider_of(body, address))

    def resources(self, wanted: Container[str]) -> Iterator[ResourceInstance]:
        """Every instance of the wanted types here and in the modules below, in the order of the files."""
        for key in list(self.folder.resources):
            if key[0] in wanted:
                yield from self._members(self.resource(*key, self.folder.resources[key].span))
        for child in self.children():
            yield from child.resources(wanted)

    def children(self) -> Iterator[ModuleInstance]:
        """Every instance of a module that is called here."""
        for name, body in self.folder.modules.items():
            for call in self._called(self.call(name, body.span)):
                child = call.child()
                if child is not None:
                    yield child

    def unread_files(self) -> Iterator[Resource]:
        """The files, here and below, that could not be read as a whole, with the resources and the names that each mentions."""
        for span in self.folder.unread:
            self.unit.budget.write(len(span.text))
            addresses = dict.fromkeys(_ADDRESS.findall(span.text))
            mentioned = [self.resource(kind, name, span) for kind, name in addresses]
            names = [Scalar(name, span) for name in dict.fromkeys(_QUOTED.findall(span.text))]
            self.unit.budget.make(len(mentioned) + len(names))
            yield Resource(UNREAD, self.prefix + span.path, Map({"mentions": List((*mentioned, *names), span)}, span), span)
        for call in self._all_calls():
            child = call.child()
            if child is not None:
                yield from child.unread_files()

    def unread_calls(self) -> Iterator[ModuleCall]:
        """The calls, here and below, of modules that are not in the scanned tree."""
        for call in self._all_calls():
            child = call.child()
            if child is None:
                yield call
            else:
                yield from child.unread_calls()

    def _all_calls(self) -> Iterator[ModuleCall]:
        for name, body in self.folder.modules.items():
            yield from self._called(self.call(name, body.span))

    def _members(self, value: Value) -> Iterator[ResourceInstance]:
        for address in _refs(value):
            found = self.unit.objects.get(address)
            if isinstance(found, ResourceInstance):
                yield found

    def _called(self, value: Value) -> Iterator[ModuleCall]:
        for address in _refs(value):
            found = self.unit.objects.get(address)
            if isinstance(found, ModuleCall):
                yield found


class ModuleCall:
    """One instance of a module call."""

    def __init__(self, caller: ModuleInstance, body: Body, address: str, scope: Scope, when: Value) -> None:
        self.caller = caller
        self.body = body
        self.address = address
        self.when = conjunction(caller.when, when, body.span)
        self.scope = scope
        self._child: ModuleInstance | None = None
        self._made = False

    def attribute(self, name: str, span: Span) -> Value:
        child = self.child()
        if child is None or (child.folder.summarizes is not None and name not in child.folder.outputs):
            return Ref(self.address, name, span)
        return child.output(name, span)

    @property
    def arguments(self) -> Map:
        """What the call says, its source included."""
        return Map(BlockAttributes(self.body, self.scope, self.caller.unit, MODULE_META - {"source"}), self.body.span)

    def child(self) -> ModuleInstance | None:
        """The called module, or what a summary says of it; None where it is not in the scanned tree, which is noted."""
        if not self._made:
            self._made = True
            self._child = self._follow()
        return self._child

    def _follow(self) -> ModuleInstance | None:
        unit, caller, span = self.caller.unit, self.caller, self.body.span
        source = self.body.attributes.get("source")
        try:
            path = string(evaluate(source, Scope(None, {}, unit.budget))) if source is not None else None
        except (Exceeded, RecursionError) as exceeded:
            path = string(unit.budget.cut_off(f"the source of {self.address}", exceeded, span))
        place = self._place(path)
        if place is None:
            folder = self._summarized(path)
        else:
            folder = unit.folders("" if place == "." else place)
        if folder is None and place is not None:
            outside = "which lies outside of what is read; --root DIR takes it in"
            where = outside if place.startswith("../") else "where there is no Terraform"
            unit.note(span.path, f'{self.address} comes from "{path}", {where}')
        if folder is None:
            return None
        if folder.path in caller.ancestors:
            unit.problem(f"{self.address} calls the module that it stands in", span)
            return None
        cost = INSTANCE * (MODULE + len(folder.resources) + len(folder.modules))
        if len(caller.ancestors) > MAX_NESTING or not unit.budget.afford(cost):
            why = DEEP if len(caller.ancestors) > MAX_NESTING else "the unit has more modules and resources than are evaluated"
            unit.budget.note(span.path, f"{self.address} is not evaluated: {why}")
            return None
        inputs = BlockAttributes(self.body, self.scope, unit, MODULE_META)
        calls = (span, *caller.calls)
        return ModuleInstance(unit, folder, f"{self.address}.", inputs, calls, self.when, caller.ancestors, self._providers())

    def _summarized(self, source: str | None) -> Folder | None:
        """What a summary says of a module that is not here; None where there is none, which is noted."""
        from ecrlint.evaluate.terraform.summarized import summarized

        unit, span, version = self.caller.unit, self.body.span, self.body.attributes.get("version")
        if source is None:
            unit.note(span.path, f'{self.address} comes from "somewhere", which is not in the scanned tree')
            return None
        constraint = None if version is None else string(evaluate(version, Scope(None, {}, unit.budget))) or "unknown"
        arguments = BlockAttributes(self.body, self.scope, unit, MODULE_META)
        return summarized(unit, self.address, self.body, source, constraint, arguments, self.caller.folder)

    def _providers(self) -> Mapping[str, str]:
        """The providers that the called module gets, by the name that it has for them: those it is given, or the default."""
        node = self.body.attributes.get("providers")
        caller = self.caller
        if node is None:
            return {DEPLOYMENT: caller.provider(DEPLOYMENT)}
        found: dict[str, str] = {}
        for name, value in provider_references(node):
            found[name] = f"aws@{self.address}.{name}" if value is None else caller.provider(value)
        return found

    def _place(self, source: str | None) -> str | None:
        """The folder of the called module: beside the caller, or where `terraform init` has put it; None where it is not here."""
        unit = self.caller.unit
        if source is not None and (source.startswith(("./", "../")) or source in (".", "..")):
            return posixpath.normpath(posixpath.join(self.caller.folder.path, source))
        installed = unit.installed.get(".".join(re.findall(r"module\.([\w-]+)", self.address)))
        return None if installed is None else posixpath.normpath(posixpath.join(unit.root, installed))


_Member = tuple[str, Value, Ref]
"""An instance: its key, the condition under which it is there, and what refers to it."""


def _stated_values(name: str, body: Body) -> tuple[Node, ...]:
    """What a variable may be, as its validations list it; empty where they list nothing."""
    conditions = (inner.attributes.get("condition") for block, _, inner in body.blocks if block == "validation")
    return allowed_values(name, filter(None, conditions))


def _collection(members: Sequence[_Member], body: Body, complete: bool, room: int = MAX_CHOICES) -> Value:
    """The instances of a block, on each side of the conditions that decide which of them are there."""
    condition = next((when.condition for _, when, _ in members if isinstance(when, Choice)), None)
    if condition is not None and room > 1:
        sides = (
            _collection([(name, assume(when, condition, side), ref) for name, when, ref in members], body, complete, room // 2)
            for side in (True, False)
        )
        return choice(condition, next(sides), next(sides), body.span)
    found = {name: ref for name, when, ref in members if not (isinstance(when, Scalar) and when.value is False)}
    complete = complete and condition is None
    if "count" in body.attributes:
        return List(tuple(found.values()), body.span, complete)
    return Map(found, body.span, complete)


def _refs(value: Value) -> dict[str, None]:
    """The addresses of all instances that there may be."""
    match value:
        case Ref():
            return {value.address: None}
        case List():
            return {item.address: None for item in value.items if isinstance(item, Ref)}
        case Map():
            return {item.address: None for item in value.entries.values() if isinstance(item, Ref)}
        case Choice():
            return {**_refs(value.then), **_refs(value.otherwise)}
        case _:
            return {}


def _label(key: str) -> str:
    return key if key.isdigit() else f'"{key}"'
