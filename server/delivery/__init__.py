"""Delivery: what the outbox holds goes to where it belongs."""

from __future__ import annotations

from server.delivery.acceptance import Accepted, Suppressed
from server.delivery.delivery import Delivery
from server.delivery.events import OUTCOMES, Attempt, RowEnd, Settled

__all__ = ["OUTCOMES", "Accepted", "Attempt", "Delivery", "RowEnd", "Settled", "Suppressed"]
