"""Each vendor's rules for what is known about a person, as expressions ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from core.context import VendorRules
from wire.identity import RULES, digest, in_clear

VENDORS: Final[Mapping[str, VendorRules]] = {
    vendor: VendorRules(partial(in_clear, vendor), partial(digest, vendor)) for vendor in RULES
}
"""By the type of the vendor's tag; ``google`` are those of Google Analytics."""
