"""What became of each entity: where it stands in the file, as what, and what the report says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from server.tag_manager.export import Entity
from server.tag_manager.yaml_text import Node

Status: TypeAlias = Literal["imported", "approximated", "skipped", "unused"]
STATUSES: Final[Sequence[Status]] = ("imported", "approximated", "skipped", "unused")

ONLY_A_COMMENT: Final = "only what is a comment uses it"
UNUSED: Final = "nothing uses it"


@dataclass(slots=True)
class Outcome:
    """One entity's. ``key`` is None where the file has none.

    ``stub`` says why it is a comment; it is empty for what is live. ``node`` is what stands at the key, None where nothing does.
    """

    entity: Entity
    status: Status
    reasons: list[str] = field(default_factory=list)
    section: str = ""
    key: str | None = None
    node: Node | None = None
    stub: str = ""

    @property
    def live(self) -> bool:
        """Whether it stands in the file and is no comment."""
        return self.node is not None and not self.stub


@dataclass(frozen=True, slots=True)
class Added:
    """Something in the file that the export does not have."""

    section: str
    key: str
    node: Node
    why: str

    @property
    def said(self) -> str:
        """``client ga4: a file needs a client``."""
        return f"{self.section.removesuffix('s')} {self.key}: {self.why}"


def judged(reasons: Sequence[str]) -> Status:
    """The status of what was translated."""
    return "approximated" if reasons else "imported"
