"""The Python API: `ecrlint.scan`, and the types of what it returns."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import partial
from threading import Lock
from typing import TypeAlias

from ecrlint.boundary.repository import boundary, real
from ecrlint.boundary.unsaved import UnsavedReader
from ecrlint.config import ConfigError, stated
from ecrlint.model.dataclass import replace
from ecrlint.model.finding import Edit, FileStatus, Finding, Opening, Problem, Related, Report, Severity
from ecrlint.model.rule import Rule
from ecrlint.model.source import Source, Span
from ecrlint.rule_registry import rules as all_rules
from ecrlint.run import fix, pipeline
from ecrlint.run.scan_state import ScanOptions

__all__ = [
    "ConfigError",
    "Edit",
    "FileStatus",
    "Finding",
    "Opening",
    "Problem",
    "Related",
    "Report",
    "Rule",
    "Severity",
    "Source",
    "Span",
    "all_rules",
    "scan",
]

AnyPath: TypeAlias = "str | os.PathLike[str]"

_one_at_a_time = Lock()


def scan(
    paths: AnyPath | Iterable[AnyPath] = ".",
    *,
    root: AnyPath | None = None,
    config: AnyPath | None = None,
    var_files: Iterable[AnyPath] = (),
    texts: Mapping[AnyPath, str] | None = None,
    fixes: bool = False,
) -> Report:
    """Scan folders and files, as `ecrlint PATH...` does, and return the report.

    `root`, `config` and `var_files` are the options `--root`, `--config` (`"none"`: no configuration) and `--var-file`.
    `texts` maps a path to the text that takes the place of the file's content, such as that of an unsaved editor.
    `fixes`: try each fix, as `ecrlint fix` does, which scans again; without it `Finding.fix` is empty.

    One scan runs at a time in a process; other threads wait. Raises `FileNotFoundError` for a path that does not exist and
    `ConfigError` for a mistake in a configuration. A file that cannot be read is a `Problem` of the report.
    """
    listed = [os.fspath(paths)] if isinstance(paths, (str, os.PathLike)) else [os.fspath(path) for path in paths]
    within = boundary(listed, None if root is None else os.fspath(root))
    if texts:
        data = {real(os.fspath(path)): text.encode("utf-8", "replace") for path, text in texts.items()}
        within = replace(within, opens=partial(UnsavedReader, data))
    options = ScanOptions(stated(None if config is None else os.fspath(config)), tuple(os.fspath(path) for path in var_files))
    with _one_at_a_time:
        report = pipeline.scan(listed, within, options)
        if fixes:
            return fix.proven(report, listed, within, options)
    return replace(report, findings=tuple(replace(finding, fix=()) if finding.fix else finding for finding in report.findings))
