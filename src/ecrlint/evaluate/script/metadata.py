"""Requests to the metadata service of an instance."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.model.script import Command, Metadata
from ecrlint.model.value import Scalar, Value, pieces, prefix

_HOST = re.compile(r"(?:https?://)?(?:169\.254\.169\.254|\[fd00:ec2::254\]|instance-data(?:\.ec2\.internal)?)(?=[/:]|$)")
_TOKEN = "x-aws-ec2-metadata-token"


def acts(command: Command) -> Iterator[Metadata]:
    """What a command asks the metadata service for."""
    if command.program == "ec2-metadata":
        yield Metadata(command, Scalar("", command.span), token=True)
        return
    if command.program not in ("curl", "wget", "http", "TOKEN"):
        return
    texts = [_text(word.value).lower() for word in command.words]
    session = any(text.startswith(f"{_TOKEN}-ttl-seconds") for text in texts)
    token = any(text.startswith((f"{_TOKEN}:", f"--header={_TOKEN}:")) for text in texts)
    for word in command.words[1:]:
        if _HOST.match(prefix(word.value)):
            yield Metadata(command, word.value, token, session or any("/api/token" in text for text in texts))


def _text(value: Value) -> str:
    return "".join(str(part.value) for part in pieces(value) if isinstance(part, Scalar))
