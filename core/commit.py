"""From which commit Tagyard was built."""

from __future__ import annotations

COMMIT: str | None = None
"""Written here by setup.py into what it builds; None in a checkout, and where nobody knew. What was built of a checkout with
changes has ``-dirty`` behind it.
"""
