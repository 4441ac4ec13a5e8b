"""Numbers that every store of rows keeps to."""

from __future__ import annotations

LONE_FROM = 2
"""Crashes from which on a row is sent with nothing else of its store on the wire."""

POISON_FROM = LONE_FROM + 5
"""Crashes at which a row is given up: five of them while it was alone."""

POISON = f"poison: the process died {POISON_FROM} times while this was being sent"
UNREADABLE = "unreadable: the stored payload is not JSON"
"""Why a store gives a row up by itself."""

LONGEST_WAIT = 15 * 60 * 1_000_000
LONGEST_ASKED_WAIT = 6 * 3600 * 1_000_000
"""Microseconds that a row waits at most: by itself, and where a vendor asked for it."""

AT_ONCE = 1000
"""Rows that one commit parks, removes or gives the keys back of, at most: nobody's acceptance waits for more."""
