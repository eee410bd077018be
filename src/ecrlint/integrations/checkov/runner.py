"""A runner of checkov that reports what ecrlint finds, at its line, in every kind of file: a framework named `ecrlint`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from checkov.common.bridgecrew.check_type import checkov_runners
from checkov.common.bridgecrew.code_categories import CodeCategoryMapping, CodeCategoryType
from checkov.common.comment.enum import COMMENT_REGEX
from checkov.common.models.enums import CheckResult, ErrorStatus
from checkov.common.output.record import Record
from checkov.common.output.report import Report
from checkov.common.runners.base_runner import BaseRunner, filter_ignored_paths
from checkov.runner_filter import RunnerFilter

from ecrlint import api
from ecrlint.integrations.checkov.findings import LOGGER, CheckedFinding, scan
from ecrlint.integrations.checkov.ids import check_id
from ecrlint.integrations.numbers import NUMBERS
from ecrlint.integrations.places import entry, text_of
from ecrlint.model.access_keys import masked
from ecrlint.model.node import Node
from ecrlint.model.visible import one_line

FRAMEWORK = "ecrlint"


def add_framework() -> None:
    """Let checkov know the framework, before it reads its command line."""
    checkov_runners.append(FRAMEWORK)
    CodeCategoryMapping[FRAMEWORK] = CodeCategoryType.IAC
    for rule in NUMBERS:
        RunnerFilter.notify_external_check(check_id(rule))


class EcrlintRunner(BaseRunner):  # type: ignore[misc]  # checkov is not where types are checked
    """Scans the folder or the files of checkov once, and makes a record of each finding."""

    check_type = FRAMEWORK

    def run(
        self,
        root_folder: str | None,
        external_checks_dir: list[str] | None = None,
        files: list[str] | None = None,
        runner_filter: Any = None,
        collect_skip_comments: bool = True,
    ) -> Any:
        wanted = runner_filter or RunnerFilter()
        report = Report(self.check_type)
        try:
            found = scan([root_folder] if root_folder else files or [], wanted.var_files or ())
        except (api.ConfigError, OSError) as error:
            LOGGER.error("ecrlint: %s", error)
            report.set_error_status(ErrorStatus.ERROR)
            return report
        for path, problem in found.problems:
            if not _is_excluded(path, root_folder, wanted):
                LOGGER.error("ecrlint: %s: %s", path, problem.message)
                report.add_parsing_error(path)
        for one in found.findings:
            is_wanted = wanted.should_run_check(check_id=one.check, report_type=FRAMEWORK, file_origin_paths=[one.path])
            if is_wanted and not _is_excluded(one.path, root_folder, wanted):
                report.add_record(_record(one, root_folder, collect_skip_comments))
                report.add_resource(f"{one.path}:{one.finding.address}")
        return report


def _is_excluded(path: str, root_folder: str | None, wanted: Any) -> bool:
    """Whether `--skip-path` names a file or a folder that it lies in, by its path as checkov walks to it."""
    walked = os.path.join(root_folder or ".", os.path.relpath(path, root_folder or "."))
    names = [os.path.basename(path)]
    filter_ignored_paths(os.path.dirname(walked), names, wanted.excluded_paths, included_paths=names[:])
    return not names


def _record(one: CheckedFinding, root_folder: str | None, collect_skip_comments: bool) -> Any:
    finding, line = one.finding, one.finding.span.line
    reason = _skipped(one) if collect_skip_comments else None
    result: dict[str, Any] = {"result": CheckResult.FAILED if reason is None else CheckResult.SKIPPED, "evaluated_keys": []}
    return Record(
        check_id=one.check,
        check_name=one.title,
        check_result=result if reason is None else {**result, "suppress_comment": reason},
        code_block=[(line, f"{one_line(masked(finding.span.source.line_text(line)))}\n")],
        file_path=f"/{os.path.relpath(one.path, root_folder or os.getcwd())}".replace(os.sep, "/"),
        file_line_range=[line, line],
        resource=finding.address or os.path.basename(one.path),
        evaluations=None,
        check_class=__name__,
        file_abs_path=one.path,
        details=one.details,
        description=finding.help,
    )


def _skipped(one: CheckedFinding) -> str | None:
    """The reason with which a comment of checkov's, or the metadata of a resource, skips a check; None where nothing does."""
    return next(
        (reason for names, reason in (*_comments(one), *_metadata(one.block.body)) if one.check in names.split(",")), None
    )


def _comments(one: CheckedFinding) -> Iterator[tuple[str, str]]:
    """The ids and the reason of each skip comment in the block around a finding, or in the file where there is no block."""
    source = one.finding.span.source
    for line in range(one.block.first, one.block.last + 1):
        for found in re.finditer(COMMENT_REGEX, source.line_text(line)):
            yield found[2] or "", (found[3] or "").removeprefix(":").strip() or "No comment provided"


def _metadata(body: Node | None) -> Iterator[tuple[str, str]]:
    """The same of `Metadata: {checkov: {skip: [{id, comment}]}}` of a resource."""
    skips = entry(entry(entry(body, "Metadata"), "checkov"), "skip")
    for skip in skips.value if skips is not None and skips.tag == "list" else ():
        yield text_of(entry(skip, "id")), text_of(entry(skip, "comment")) or "No comment provided"
