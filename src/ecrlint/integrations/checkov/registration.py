"""Makes checkov ask our checks about its blocks. checkov loads this for each of its frameworks, some twenty, and few of them have
a block: what scans is imported for the first one."""

from __future__ import annotations

from typing import Any

from checkov.cloudformation.checks.resource.registry import cfn_registry
from checkov.common.checks.base_check import BaseCheck
from checkov.runner_filter import RunnerFilter
from checkov.terraform.checks.data.registry import data_registry
from checkov.terraform.checks.module.registry import module_registry
from checkov.terraform.checks.resource.registry import resource_registry

from ecrlint.integrations.checkov.ids import check_id
from ecrlint.integrations.numbers import NUMBERS

_KINDS = {"resource": resource_registry, "data": data_registry, "module": module_registry, "template": cfn_registry}


def add_checks() -> None:
    """Add the checks to checkov, in the process that this is called in."""
    for rule in NUMBERS:
        RunnerFilter.notify_external_check(check_id(rule))
    for kind, registry in _KINDS.items():
        _add(kind, registry)


def _add(kind: str, registry: Any) -> None:
    """Let a registry give our checks for the types that have a finding: one that never fails would cost time at each block."""
    inherited = registry.get_checks

    def get_checks(entity: str) -> list[BaseCheck]:
        from ecrlint.integrations.checkov.checks import checks_of

        return [*inherited(entity), *checks_of(kind, entity)]

    registry.get_checks = get_checks
