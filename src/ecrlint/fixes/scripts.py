"""Edits of commands in scripts, wherever a script stands."""

from __future__ import annotations

import re

from ecrlint.fixes.layout import insert
from ecrlint.model.finding import Edit
from ecrlint.model.script import AwsCall, Command, Login, Word
from ecrlint.model.value import string


def with_password_stdin(login: Login) -> tuple[Edit, ...]:
    """`--password-stdin` after the word `login`, where that stands there as it is."""
    word = next((word for word in login.command.words[1:4] if string(word.value) == "login"), None)
    if word is None or word.span.text != "login":
        return ()
    return (insert(word.span, word.span.end, " --password-stdin"),)


def in_region(command: Command, operation: str, stated: Word | None, region: str) -> tuple[Edit, ...]:
    """A call of AWS in another region: in the place of the one that is `stated`, or after the name of the operation."""
    if stated is not None:
        known = string(stated.value) or ""
        written = next((quote for quote in ("", '"', "'") if stated.span.text == f"{quote}{known}{quote}"), None)
        option = "--region=" if known.startswith("--region=") else ""
        return () if written is None or not known else (Edit(stated.span, f"{written}{option}{region}{written}"),)
    word = next((word for word in command.words if string(word.value) == operation), None)
    if word is None or word.span.text != operation:
        return ()
    return (insert(word.span, word.span.end, f" --region {region}"),)


_GET_LOGIN = re.compile(r"""(?:eval\s+)?(["']?)(?:\$\(\s*aws\b[^)`]*\)|`\s*aws\b[^)`]*`)\1""")
_KNOWN = ("no-include-email", "include-email", "region", "registry-ids")


def with_password_command(login: Login, call: AwsCall, region: str) -> tuple[Edit, ...]:
    """`get-login-password` and a login in the place of `$(aws ecr get-login ...)`; `region` is a variable that is always set."""
    span = login.command.span
    if not _GET_LOGIN.fullmatch(span.text) or not call.closed or call.options.keys() - set(_KNOWN):
        return ()
    where = _written_after(call.command, "--region") if "region" in call.options else region
    account = (
        _written_after(call.command, "--registry-ids")
        if "registry-ids" in call.options
        else "$(aws sts get-caller-identity --query Account --output text)"
    )
    if not where or not account or len(call.options.get("registry-ids", ())) > 1:
        return ()
    suffix = "amazonaws.com.cn" if where.startswith("cn-") else "amazonaws.com"
    host = f"{account}.dkr.ecr.{where}.{suffix}"
    text = f"aws ecr get-login-password --region {where} | docker login --username AWS --password-stdin {host}"
    return (Edit(span, text),)


def _written_after(command: Command, option: str) -> str:
    """The word after an option as it is written; empty where it is more than a name, a number or a variable."""
    words = command.words
    at = next((at for at, word in enumerate(words[:-1]) if string(word.value) == option), None)
    text = "" if at is None else words[at + 1].span.text
    return text if re.fullmatch(r"[\w-]+|\$+\w+|\$+\{\w+\}", text) else ""
