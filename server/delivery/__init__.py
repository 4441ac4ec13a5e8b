"""Delivery: what the outbox holds goes to where it belongs."""

from __future__ import annotations

from server.delivery.delivery import Delivery

__all__ = ["Delivery"]
