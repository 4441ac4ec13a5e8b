"""How a destination takes what it is sent, for an operator: in the log when that changes, in health while it lasts."""

from __future__ import annotations

from typing import Final

import structlog

SILENCE: Final = 60_000_000
"""Microseconds between two lines that say of one destination that it fails: one that comes and goes fills no log."""

ALL_REJECTED: Final = 10
"""Events rejected in a row, none taken in between, from which on it is the destination that is wrong, not the event."""

ALL_FAILED: Final = 10
"""The same of attempts that failed or were refused: throttling lets one through now and then."""

log = structlog.get_logger("tagyard")


class Condition:
    """Of one destination. Times are steady microseconds."""

    def __init__(self, tag: str, address: str) -> None:
        self._tag = tag
        self._address = address
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
    def takes_nothing(self) -> bool:
        """Whether nothing has succeeded for many attempts."""
        return self.troubles >= ALL_FAILED

    def failed(self, why: str, now: int) -> None:
        """It did not answer, or not now."""
        self._trouble(why, now)

    def rejected(self, why: str, now: int) -> None:
        """It said no to an event, for good."""
        self.rejected_in_a_row += 1
        self._trouble(why, now)

    def recovered(self, now: int) -> None:
        """It took an event after ``troubles``."""
        if self._told:
            seconds = round((now - self.since) / 1_000_000, 1)
            log.info(
                "a destination takes events again",
                tag=self._tag,
                destination=self._address,
                failures=self.troubles,
                seconds=seconds,
            )
        self.troubles, self._told, self.rejected_in_a_row = 0, False, 0

    def _trouble(self, why: str, now: int) -> None:
        self.troubles += 1
        self.since = now if self.troubles == 1 else self.since
        if not self._told and (self._logged_at is None or now - self._logged_at >= SILENCE):
            self._told, self._logged_at = True, now
            log.warning("a destination does not take events", tag=self._tag, destination=self._address, why=why)
