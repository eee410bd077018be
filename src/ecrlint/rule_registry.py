"""Finds the rules: one module under `ecrlint.rules` is one rule, and its folder is its family."""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from types import ModuleType

from ecrlint.model.finding import Severity
from ecrlint.model.policy import Role
from ecrlint.model.rule import Rule
from ecrlint.model.stack import Stack

PACKAGE = "ecrlint.rules"

OWN = ("fact-matches-nothing", "ignore-has-expired", "ignore-has-no-reason", "ignore-silences-nothing")
"""What is said of the user's own facts and exceptions, under names that a configuration may speak of like those of rules."""


class RuleError(Exception):
    """A module under `ecrlint.rules` is not a rule: it lacks something, or has it in the wrong shape."""


def trusts_provider(role: Role) -> bool:
    """Whether a role is for the tokens of a provider of identities, such as those of CI jobs."""
    statements = () if role.trust is None else role.trust.statements
    return any(one.kind == "Federated" for statement in statements for one in statement.principals or ())


def _keeps_logins(stack: Stack) -> bool:
    return any(one.logins for one in stack.manifests)


def _runs_scripts(stack: Stack) -> bool:
    of_hosts = (script for host in stack.hosts for script in host.user_data.scripts)
    return any(script.acts for script in of_hosts) or any(script.acts for one in stack.projects for script in one.scripts)


_SUBJECTS: Mapping[str, Callable[[Stack], object]] = {
    "ci": lambda stack: stack.jobs or any(map(trusts_provider, stack.roles)) or _runs_scripts(stack) or _keeps_logins(stack),
    "compute": lambda stack: any(
        (stack.tasks, stack.functions, stack.projects, stack.web_services, stack.managed, stack.nodes, stack.hosts)
    ),
    "ecs": lambda stack: stack.tasks,
    "imds": lambda stack: stack.hosts or stack.metadata_defaults,
    "network": lambda stack: stack.endpoints or stack.own_network,
}
"""What the rules of a family speak of; where a stack has nothing of it they are not even imported."""


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Every rule, by family, then by name; raises `RuleError` at the first module that is not one."""
    found: dict[str, Rule] = {}
    for family in _families():
        for rule in _of_family(family):
            if rule.name in found:
                raise RuleError(f"{rule.family}: a rule of the name {rule.name} is already in {found[rule.name].family}")
            found[rule.name] = rule
    return (*found.values(), *_added.values())


_added: dict[str, Rule] = {}


def add_rules_from(folder: str) -> None:
    """Add the rules of a folder of the user's, whose code is run: each module is one, and the folder's name is their family.

    A name that begins with an underscore is no rule. Raises `RuleError`.
    """
    folder = os.path.realpath(folder)
    taken = {rule.name for rule in rules()} - _added.keys()
    found = [_own_rule(folder, name) for _, name, _ in pkgutil.iter_modules([folder]) if not name.startswith("_")]
    if not found:
        raise RuleError(f"{folder}: there is no rule in this folder")
    for rule in found:
        if rule.name in taken:
            raise RuleError(f"{folder}: there is a rule of the name {rule.name}; ignores and baselines could not tell them apart")
    _added.update({rule.name: rule for rule in found})
    rules.cache_clear()


def _own_rule(folder: str, name: str) -> Rule:
    """The rule in a module of a folder that is no package of ours."""
    path = os.path.join(folder, f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"ecrlint_rules_from.{os.path.basename(folder)}.{name}", path)
    if spec is None or spec.loader is None:
        raise RuleError(f"{path}: this is no module of Python")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise RuleError(f"{path}: {type(error).__name__}: {error}") from error
    return from_module(module)


def rules_on(stack: Stack) -> Iterator[Rule]:
    """The rules that may have something to say of a stack."""
    for family in _families():
        concerns = _SUBJECTS.get(family)
        if concerns is None or concerns(stack):
            yield from _of_family(family)
    yield from _added.values()


@cache
def _of_family(family: str) -> tuple[Rule, ...]:
    folder = importlib.import_module(f"{PACKAGE}.{family}")
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    return tuple(from_module(importlib.import_module(f"{PACKAGE}.{family}.{name}")) for name in names)


def from_module(module: ModuleType) -> Rule:
    """The rule that a module is; raises `RuleError` with the module's path and what it lacks."""
    family, name = module.__name__.split(".")[-2:]
    where = f"{family}/{name}.py"
    doc = (module.__doc__ or "").strip()
    if not doc:
        raise RuleError(f"{where}: no docstring; its first line is the summary of the rule")
    severity = getattr(module, "SEVERITY", None)
    if not isinstance(severity, Severity):
        raise RuleError(f"{where}: SEVERITY is to be a Severity, not {severity!r}")
    check = getattr(module, "check", None)
    if not callable(check):
        raise RuleError(f"{where}: no function check(stack)")
    return Rule(
        name=name.replace("_", "-"),
        family=family,
        severity=severity,
        symptoms=_symptoms(getattr(module, "SYMPTOM", None), where),
        summary=doc.splitlines()[0].rstrip("."),
        doc=doc,
        check=check,
        exposure=_exposure(getattr(module, "EXPOSURE", None), where),
        former=getattr(module, "FORMER", ""),
    )


def _symptoms(symptom: object, where: str) -> tuple[str, ...]:
    symptoms = (symptom,) if isinstance(symptom, str) else symptom
    if isinstance(symptoms, tuple) and symptoms and all(isinstance(text, str) and text for text in symptoms):
        return symptoms
    raise RuleError(f"{where}: SYMPTOM is to be the message of AWS, or a tuple of messages, not {symptom!r}")


def _exposure(exposure: object, where: str) -> float | None:
    if exposure is None or (isinstance(exposure, float) and 0 < exposure <= 10):
        return exposure
    raise RuleError(f"{where}: EXPOSURE is to be a number above 0.0 and up to 10.0, as in CVSS, not {exposure!r}")


@cache
def _families() -> tuple[str, ...]:
    package = importlib.import_module(PACKAGE)
    found = list(pkgutil.iter_modules(package.__path__))
    for family in found:
        if not family.ispkg:
            raise RuleError(f"{family.name}.py: a rule lies in the folder of its family")
    return tuple(sorted(family.name for family in found))
