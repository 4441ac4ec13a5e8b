"""Templates of the gallery that are known and have no counterpart: what the product would need, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NEEDED: Final[Mapping[str, str]] = {
    "stape-io/store-lookup-variable": "store",
    "stape-io/stape-store-writer-tag": "store",
    "stape-io/ga4-advanced-tag": "ga4_advanced",
}
"""By ``owner/repository`` in lower case, the type that a stub has."""

REASONS: Final[Mapping[str, str]] = {"stape-io/store-lookup-variable": "no database lookups (Stape Store)"}
"""Of variables, why there are none."""
