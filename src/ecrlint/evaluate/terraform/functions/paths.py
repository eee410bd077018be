"""Paths: https://developer.hashicorp.com/terraform/language/functions (Filesystem Functions)."""

from __future__ import annotations

import posixpath
from typing import Any

from ecrlint.evaluate.terraform.conversion import text
from ecrlint.evaluate.terraform.functions.signature import known


@known("basename")
def _basename(value: Any) -> str:
    found = text(value)
    if not found:
        return "."
    return found.rstrip("/").rpartition("/")[2] or "/"


@known("dirname")
def _dirname(value: Any) -> str:
    found = posixpath.normpath(text(value).rpartition("/")[0] or ("/" if text(value).startswith("/") else "."))
    return "/" if found == "//" else found
