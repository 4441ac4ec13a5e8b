"""The admin port: debug page, readiness, metrics. One process owns it and asks every worker through its control socket."""

from __future__ import annotations

from server.admin.app import admin_app
from server.admin.sign_in.access import OPEN, Access
from server.admin.sign_in.door import Door

__all__ = ["OPEN", "Access", "Door", "admin_app"]
