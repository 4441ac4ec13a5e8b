"""A component's fault as a value: what is counted and shown of it is made from this, never read out of a sentence."""

from __future__ import annotations

from typing import NamedTuple

from core.registry import ComponentKind


class Failure(NamedTuple):
    """``error`` is the type of what the component raised, never its text, which could quote what a visitor sent."""

    kind: ComponentKind
    name: str
    error: str

    @property
    def words(self) -> str:
        """``transformation redact failed: KeyError``. A tag is told of by itself, so that its name is left out."""
        who = "the tag" if self.kind == "tag" else f"{self.kind} {self.name}"
        return f"{who} failed: {self.error}"
