"""What the file may come to hold in a later version. Refused by name, so that nothing is ignored that somebody relies on."""

from __future__ import annotations

from collections.abc import Mapping

from core.registry import Kind

SERVER_KEYS: frozenset[str] = frozenset()
COMPONENT_KEYS: Mapping[tuple[Kind, str], frozenset[str]] = {}
MESSAGE = "is not available in this version"
