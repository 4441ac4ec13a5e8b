"""What the checks found, and how it is shown: as findings, and as the JSON that Google's validator answers with."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

import orjson

from core.types import Finding
from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.notes import MOST_PER_CHECK

_LONGEST: Final = 200
_ORDER: Final = {check: at for at, check in enumerate(Check)}


class Findings:
    """Collects findings. Of one check at most 25 are kept, and long names and values are cut: a reply stays small.

    ``within`` is the path of the payload that is looked at, where there are several.
    """

    __slots__ = ("_kept", "enforced", "within")

    def __init__(self, enforced: bool) -> None:
        self.enforced = enforced
        self.within = ""
        self._kept: dict[Check, list[Finding]] = {}

    def add(self, check: Check, **values: Any) -> None:
        """Keeps a finding, unless its check is only for those who enforce recommendations and this is not one of them."""
        row = check.value
        if row.enforced and not self.enforced:
            return
        kept = self._kept.setdefault(check, [])
        if len(kept) < MOST_PER_CHECK:
            shown = {name: _shown(value) for name, value in values.items()}
            path = row.path.format(**shown)
            kept.append(Finding(f"{self.within}.{path}".strip(".") if self.within else path, row.text.format(**shown), row.code))

    def in_order(self) -> list[Finding]:
        """By check, in the order of the checks."""
        return list(chain.from_iterable(self._kept[check] for check in sorted(self._kept, key=_ORDER.__getitem__)))


def _shown(value: Any) -> str:
    """A text as it is, anything else as JSON; half a surrogate pair, which no JSON may hold, as ``?``."""
    text = value.encode(errors="replace").decode() if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def as_messages(findings: Sequence[Finding]) -> bytes:
    """``{"validationMessages": [...]}``; like Google's, a message about no field in particular has no ``fieldPath``."""
    return orjson.dumps({"validationMessages": [_as_message(finding) for finding in findings]})


def _as_message(finding: Finding) -> dict[str, str]:
    message = {"fieldPath": finding.field_path} if finding.field_path else {}
    return {**message, "description": finding.description, "validationCode": finding.code}
