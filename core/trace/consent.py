"""The consent of one event, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from core.context import Context
from core.fields import ConsentType
from core.trace.records import ConsentTrace, SaidBy

_SAID = ("granted", "denied")


def trace_consent(context: Context) -> Mapping[str, ConsentTrace]:
    """Each of the four types."""
    unfilled = replace(context.shared, consent_fills={})
    hit = Context(context.request, context.client, context.original, context.position, unfilled).consent
    return {kind: _traced(context.consent.get(kind, "unset"), hit.get(kind, "unset")) for kind in get_args(ConsentType)}


def _traced(state: str, in_hit: str) -> ConsentTrace:
    said_by = SaidBy.HIT if in_hit in _SAID else SaidBy.FILE if state in _SAID else SaidBy.NOBODY
    return ConsentTrace(state, said_by)
