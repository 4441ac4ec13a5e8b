"""Where pages lie."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeAlias

DOCS: Final = Path(__file__).parent.parent
Pages: TypeAlias = dict[str, str]
"""The text of pages by their places below docs/."""
