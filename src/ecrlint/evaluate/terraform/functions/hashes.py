"""Hashes: https://developer.hashicorp.com/terraform/language/functions (Hash and Crypto Functions)."""

from __future__ import annotations

from typing import Any

from ecrlint.evaluate.terraform.conversion import text
from ecrlint.evaluate.terraform.functions.signature import known


def _digest(algorithm: str, value: Any) -> Any:
    import hashlib

    return hashlib.new(algorithm, text(value).encode(errors="replace"), usedforsecurity=False)


def _base64(algorithm: str, value: Any) -> str:
    import base64

    return base64.b64encode(_digest(algorithm, value).digest()).decode()


known("md5")(lambda value: _digest("md5", value).hexdigest())
known("sha1")(lambda value: _digest("sha1", value).hexdigest())
known("sha256")(lambda value: _digest("sha256", value).hexdigest())
known("sha512")(lambda value: _digest("sha512", value).hexdigest())
known("base64sha256")(lambda value: _base64("sha256", value))
known("base64sha512")(lambda value: _base64("sha512", value))
