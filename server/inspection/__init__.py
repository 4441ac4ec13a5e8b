"""What the debug page shows of a worker: recorded requests, run again and explained, with personal data masked."""

from __future__ import annotations

from server.inspection.inspector import Inspector
from server.inspection.privacy import Privacy, is_personal
from server.inspection.sending import Sending

__all__ = ["Inspector", "Privacy", "Sending", "is_personal"]
