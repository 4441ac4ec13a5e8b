"""How Tagyard names itself."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

VERSION: Final = version("tagyard")

COMPILED: Final = not __file__.endswith(".py")
"""Whether this is a build whose hot modules are machine code, of which this is one."""

EDITION: Final = f"{VERSION} (compiled)" if COMPILED else VERSION
"""The version, and which of the two builds it is."""

USER_AGENT: Final = f"Tagyard/{VERSION}"
"""The product token of outgoing requests that set no user agent of their own."""
