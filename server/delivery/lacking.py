"""What is missing here, and perhaps not elsewhere, to send the rows of a destination, in a store that others share.

While replicas are replaced one after the other some have a tag that the others do not know yet, or a secret. Who lacks the tag
leases nothing for it. A secret is missed only when a row is packed that needs it, and another row of the same tag may not: so
those rows are tried again, here or elsewhere, after the usual delays. Whatever nobody can send becomes a dead letter by its age.
"""

from __future__ import annotations

from typing import Final

NO_TAG: Final = "the configuration has no tag of this name"

REMEMBERED: Final = 3600 * 1_000_000
"""Microseconds for which a secret is called missing after it was missed: rows that need it come by now and then."""


class Lacking:
    """Of one destination, in one process. Times are steady microseconds."""

    def __init__(self) -> None:
        self._secret = ""
        self._until = 0

    def secret(self, what: str, now: int) -> None:
        """A row needs it."""
        self._secret, self._until = what, now + REMEMBERED

    def said(self, now: int, *, no_tag: bool) -> str:
        """What is missing; empty where nothing is, as far as is known."""
        if no_tag:
            return NO_TAG
        return self._secret if now < self._until else ""

    def forget(self) -> None:
        """There is another configuration now."""
        self._until = 0
