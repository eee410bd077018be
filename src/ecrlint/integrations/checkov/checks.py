"""The rules as external checks of checkov: `checkov -d . --external-checks-dir "$(ecrlint integrations checkov)"`.

checkov asks each of its checks about each block. Ours all answer from one scan, which the first block starts; checkov runs
each framework in a process of its own, so there is a scan for Terraform and one for CloudFormation where a tree has both. A check
fails on the block or resource around a finding, and its details have the exact place, since checkov takes no line from a check.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from checkov.common.bridgecrew.integration_features.integration_feature_registry import integration_feature_registry
from checkov.common.checks.base_check import BaseCheck
from checkov.common.models.enums import CheckCategories, CheckResult

from ecrlint import api
from ecrlint.integrations.checkov.findings import LOGGER, CheckedFiles, CheckedFinding, scan
from ecrlint.integrations.checkov.ids import check_id
from ecrlint.model.address import within_module, without_keys

_reported: set[int] = set()
"""The findings that a check has failed on. checkov asks about each instance of a block, and a finding is one all the same."""


@cache
def _scanned() -> CheckedFiles:
    """The one scan of this process: of the folders, or files, that checkov was given."""
    options = integration_feature_registry.config
    try:
        found = scan(options.directory or options.file or ["."], options.var_file or ())
    except (api.ConfigError, OSError) as error:
        LOGGER.error("ecrlint: %s", error)
        return CheckedFiles((), ())
    for path, problem in found.problems:
        LOGGER.error("ecrlint: %s: %s", path, problem.message)
    return found


@cache
def checks_of(kind: str, entity: str) -> Sequence[BaseCheck]:
    """The checks of the rules that have a finding in a block of this type, or at an address of it."""
    types = {one.finding.rule: None for one in _scanned().findings if entity in (one.block.type, _type(one.finding.address))}
    return [_Check(kind, rule) for rule in types]


def _type(address: str) -> str:
    """The type in an address of Terraform, `aws_ecr_repository`; empty where there is none."""
    return "".join(without_keys(address).split(".")[-2:-1])


class _Check(BaseCheck):  # type: ignore[misc]  # checkov is not where types are checked
    """A rule as a check of one kind of block."""

    def __init__(self, kind: str, rule: str) -> None:
        self.kind, self.rule = kind, rule
        super().__init__(
            name=f"ecrlint: {rule}",
            id=check_id(rule),
            categories=[CheckCategories.IAM],
            supported_entities=(),
            block_type="data" if kind == "data" else "module" if kind == "module" else "resource",
        )

    def run(self, scanned_file: str, entity_configuration: Any, entity_name: str, entity_type: str, skip_info: Any) -> Any:
        self.asked = (scanned_file, entity_configuration, entity_name)
        return super().run(scanned_file, entity_configuration, entity_name, entity_type, skip_info)

    def scan_entity_conf(self, conf: Any, entity_type: str) -> CheckResult:
        found = [one for one in self._here() if id(one) not in _reported]
        _reported.update(map(id, found))
        if found:  # not every framework shows details, but each shows the name
            self.name = "; ".join(f"{one.title} at {one.place}" for one in found)
        self.details = [line for one in found for line in one.details]
        return CheckResult.FAILED if found else CheckResult.UNKNOWN

    def _here(self) -> Iterator[CheckedFinding]:
        """The findings of the rule in the block that is asked about; where they lie in no such block, those at its address."""
        scanned_file, conf, name = self.asked
        files = _files(scanned_file)
        for one in _scanned().findings:
            if one.finding.rule == self.rule:
                if self.kind == "template":
                    is_here = one.path in files and one.block.kind == "template" and one.block.name == name
                elif one.path in files and one.block.kind in ("resource", "data", "module"):
                    is_here = conf.get("__start_line__", 0) <= one.finding.span.line <= conf.get("__end_line__", 0)
                else:
                    is_here = _is_at(conf.get("__address__", ""), one, {os.path.dirname(file) for file in files})
                if is_here:
                    yield one


def _is_at(address: str, one: CheckedFinding, folders: set[str]) -> bool:
    """Whether an address is that of a finding: as a whole, or within the module that both are in."""
    asked, told = without_keys(address), without_keys(one.finding.address)
    return asked == told or (within_module(asked) == within_module(told) and os.path.dirname(one.path) in folders)


@cache
def _files(scanned_file: str) -> frozenset[str]:
    """The full paths that checkov may mean by a path, which begins at the folder that it was given."""
    options = integration_feature_registry.config
    folders = options.directory or [os.path.dirname(path) for path in options.file or ()] or ["."]
    return frozenset(os.path.realpath(os.path.join(folder, scanned_file.lstrip("/"))) for folder in [*folders, "/"])
