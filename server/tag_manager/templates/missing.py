"""Templates of the gallery that are known and have no counterpart: what the product would need, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NEEDED: Final[Mapping[str, str]] = {
    "stape-io/store-lookup-variable": "store",
    "stape-io/stape-store-writer-tag": "store",
    "stape-io/ga4-advanced-tag": "ga4_advanced",
    "stape-io/twitter-tag": "x",
}
"""By ``owner/repository`` in lower case, the type that a stub has."""

REASONS: Final[Mapping[str, str]] = {
    "stape-io/store-lookup-variable": "no database lookups (Stape Store)",
    "stape-io/twitter-tag": "x needs the pixel's own token, which the export does not have",
}
"""Why there are none."""

OWN_TYPES: Final[Mapping[str, str]] = {"stape-io/json-http-request-tag": "http_request", "stape-io/data-client": "json"}
"""The types of stubs of what has a counterpart, where this one of it has none."""

VENDOR_NAMES: Final[Mapping[str, str]] = {
    "stape-io/twitter-tag": "x",
    "stape-io/microsoft-capi-tag": "microsoft",
}
"""What names of secrets begin with, where it is not the type of the tag."""
