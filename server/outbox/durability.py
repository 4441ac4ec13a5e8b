"""What a store that others keep is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypedDict

_LEVELS: Final = ("weak", "unverified", "durable")


@dataclass(frozen=True, slots=True)
class Durability:
    """``refused`` is why nothing may be kept there, ``weak`` what may lose rows, in words.

    ``unverified`` says what nobody could find out; None where everything is known.
    """

    refused: Sequence[str] = ()
    weak: Sequence[str] = ()
    unverified: str | None = None

    @property
    def level(self) -> str:
        """In one word."""
        return "weak" if self.weak else "unverified" if self.unverified else "durable"

    @property
    def reasons(self) -> Sequence[str]:
        """Why it is no better; none where it is durable."""
        return [*self.weak, *([self.unverified] if self.unverified else [])]


class Described(TypedDict):
    """As JSON tells it: the level, and why it is no better."""

    durability: str
    durability_reasons: list[str]


def described(durability: Durability) -> Described:
    """For JSON."""
    return {"durability": durability.level, "durability_reasons": list(durability.reasons)}


def weakest(found: Sequence[Described]) -> Described | None:
    """What several processes have found of the same store, as one; None where it is nobody's but this machine's."""
    if not found:
        return None
    levels = [each["durability"] for each in found]
    reasons = {reason for each in found for reason in each["durability_reasons"]}
    return {"durability": min(levels, key=_LEVELS.index), "durability_reasons": sorted(reasons)}
