"""How Tagyard names itself."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

VERSION: Final = version("tagyard")

USER_AGENT: Final = f"Tagyard/{VERSION}"
"""The product token of outgoing requests that set no user agent of their own."""
