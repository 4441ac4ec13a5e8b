"""How a destination takes what it is sent, for an operator: in the log when that changes, in health while it lasts."""

from __future__ import annotations

from typing import Final, Protocol

import structlog

from server.delivery.answers import Mask
from server.delivery.breaker import FAILURES, Breaker

ALWAYS: Final = FAILURES
"""Troubles in a row from which on a destination fails always, and the log says so: as many as open its breaker."""

SOON: Final = 10_000_000
"""Microseconds of trouble after which that is said of fewer."""

SILENCE: Final = 60_000_000
"""Microseconds between two lines that say of one destination that it fails: one that comes and goes fills no log."""

AGAIN: Final = 600_000_000
"""Microseconds after which it is said once more, as long as it lasts."""

LONG_PAUSE: Final = 60_000_000
"""Microseconds: a vendor that asks for less is only throttling."""

ALL_REJECTED: Final = 10
"""Events rejected in a row, none taken in between, from which on it is the destination that is wrong, not the event."""

log = structlog.get_logger("tagyard")


class Standing(Protocol):
    """What a line has of the destination itself: rows that wait there, the breaker, and until when it has asked for a pause."""

    pending: int
    breaker: Breaker
    paused_until: int


class Condition:
    """Of one destination. Times are steady microseconds; ``mask`` takes out of a reason what no log may have."""

    def __init__(self, tag: str, address: str, mask: Mask) -> None:
        self._tag = tag
        self._address = address
        self._mask = mask
        self.troubles = 0
        """Failures and rejections since it last took an event."""
        self.since = 0
        """When the first of them was."""
        self._logged_at: int | None = None
        self._told = False
        self.rejected_in_a_row = 0

    @property
    def rejects_everything(self) -> bool:
        """Whether it has said no to many events and yes to none."""
        return self.rejected_in_a_row >= ALL_REJECTED

    @property
    def always_fails(self) -> bool:
        """Whether none of several attempts has succeeded."""
        return self.troubles >= ALWAYS

    def failed(self, why: str, now: int, of: Standing) -> None:
        """It did not answer, or not now."""
        self._trouble(why, now, of)

    def rejected(self, why: str, now: int, of: Standing) -> None:
        """It said no to an event, for good."""
        self.rejected_in_a_row += 1
        self._trouble(why, now, of)

    def recovered(self, now: int, of: Standing) -> None:
        """It took an event after ``troubles``."""
        if self._told:
            log.info(
                "a destination takes events again",
                tag=self._tag,
                destination=self._address,
                failures=self.troubles,
                seconds=self._seconds(now),
                waiting=of.pending,
            )
        self.troubles, self._told, self.rejected_in_a_row = 0, False, 0

    def _trouble(self, why: str, now: int, of: Standing) -> None:
        self.troubles += 1
        self.since = now if self.troubles == 1 else self.since
        paused = max(0, of.paused_until - now)
        if self._is_due(now, paused):
            self._told, self._logged_at = True, now
            log.warning(
                "a destination does not take events",
                tag=self._tag,
                destination=self._address,
                why=self._mask(why),
                failures=self.troubles,
                seconds=self._seconds(now),
                waiting=of.pending,
                breaker=of.breaker.state(now),
                paused_for=round(paused / 1_000_000),
            )

    def _is_due(self, now: int, paused: int) -> bool:
        lasts = self._told or paused > LONG_PAUSE or self.always_fails or now - self.since >= SOON
        quiet = AGAIN if self._told else SILENCE
        return lasts and (self._logged_at is None or now - self._logged_at >= quiet)

    def _seconds(self, now: int) -> float:
        return round((now - self.since) / 1_000_000, 1)
