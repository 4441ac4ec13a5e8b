"""What the debug page shows of a worker: recorded requests, run again and explained, with personal data masked."""

from __future__ import annotations

from server.inspection.active_configuration import Serving
from server.inspection.inspector import Inspector
from server.inspection.privacy import is_personal

__all__ = ["Inspector", "Serving", "is_personal"]
