"""The admin port: debug page, readiness, metrics. One process owns it and asks every worker through its control socket."""

from __future__ import annotations

from server.admin.access import OPEN, Access
from server.admin.app import admin_app

__all__ = ["OPEN", "Access", "admin_app"]
