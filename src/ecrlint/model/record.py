"""`record`: a frozen dataclass that is quick to make."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["record"]

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    from dataclasses import dataclass

    def record(*, frozen: bool, slots: bool) -> object:
        """A dataclass that only the type checker keeps frozen.

        Python makes one of three fields in a third of the time: a frozen one sets each field by a call. Only for the
        types of which a scan makes a hundred thousand.
        """
        return dataclass(slots=slots, unsafe_hash=frozen)
