"""Who gets in at the admin port: whoever gives the token, or is signed in. Whoever tries others is slowed down, and logged."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from math import ceil
from typing import Final

import structlog

from config import ServerSettings
from core.types import Headers
from server.admin.sign_in.access import Access, bearer
from server.admin.sign_in.attempts import Attempts
from server.admin.sign_in.signed_in import SignedIn
from server.system.allowance import Allowance
from server.system.descriptors import ADMIN_CONNECTIONS
from server.visitors.visitor import Visitors

PAUSE: Final = 1.0
"""Seconds that the answer to a wrong token waits."""
MOST_WAITING: Final = ADMIN_CONNECTIONS // 4
"""Answers that wait at a time; further ones are given at once: each holds a connection, and readiness is asked for by others."""
LINES: Final = (20, 6_000_000)
"""Lines about refused sign-ins that are written at once, and microseconds between later ones."""
HELD_LINES: Final = (5, 60_000_000)
"""The same of lines that say that an address has to wait."""

log = structlog.get_logger("tagyard")


class Verdict(Enum):
    """What the door says of a request."""

    OPEN = auto()
    SIGNED_IN = auto()
    TOKEN = auto()
    STRANGER = auto()
    WRONG = auto()
    HELD = auto()
    """A token was given and not looked at: there were too many wrong ones."""

    @property
    def granted(self) -> bool:
        """Whether the pages are shown."""
        return self in (Verdict.OPEN, Verdict.SIGNED_IN, Verdict.TOKEN)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks: his address as far as it is known, and his headers by lower-case name."""

    address: str
    headers: Mapping[str, str]
    is_encrypted: bool


class Door:
    """Of one admin port. ``clock`` gives steady microseconds, ``sleep`` waits for seconds."""

    def __init__(
        self,
        access: Access,
        settings: ServerSettings,
        clock: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.access = access
        self.signed_in = SignedIn(clock)
        self.refused: Counter[str] = Counter()
        """Sign-ins by the reason why they were refused."""
        self._attempts = Attempts(clock)
        self._visitors = Visitors(settings)
        self._clock = clock
        self._sleep = sleep
        self._waiting = 0
        self._lines = Allowance(*LINES)
        self._held_lines = Allowance(*HELD_LINES)
        self._unsaid = 0

    def caller(self, peer: str, headers: Headers) -> Caller:
        """What is known of whoever sent this. A proxy is believed where ``trusted_proxies`` has it.

        The browser itself says by the scheme of its Origin that it has come encrypted: nobody else is harmed if it lies.
        """
        named = dict(headers)
        encrypted = named.get("origin", "").lower().startswith("https:") or self._visitors.came_encrypted(peer, headers)
        return Caller(self._visitors.of(peer, headers).ip or peer, named, encrypted)

    def verdict(self, caller: Caller) -> Verdict:
        """Whether this request gets in."""
        if self.access.token is None:
            return Verdict.OPEN
        if self.signed_in.holds(caller.headers):
            return Verdict.SIGNED_IN
        given = bearer(caller.headers)
        return self.tried(given, caller, "header") if given else Verdict.STRANGER

    def lasts(self, verdict: Verdict, caller: Caller) -> bool:
        """Whether this verdict still holds for what goes on for long: signing out ends it."""
        return verdict is not Verdict.SIGNED_IN or self.signed_in.holds(caller.headers)

    def tried(self, token: str, caller: Caller, by: str) -> Verdict:
        """This token is given; ``by`` is the way in which."""
        if self._attempts.pause(caller.address):
            return self._refuse(Verdict.HELD, caller, by)
        if not self.access.matches(token):
            self._attempts.wrong(caller.address)
            verdict = self._refuse(Verdict.WRONG, caller, by)
            self._tell_of_pause(caller)
            return verdict
        self._attempts.right(caller.address)
        return Verdict.TOKEN

    def pause(self, caller: Caller) -> int:
        """Whole seconds until the next token of this caller is looked at, at least one."""
        return max(1, ceil(self._attempts.pause(caller.address)))

    async def slow_down(self) -> None:
        """Waits before a wrong token is answered; the loop goes on meanwhile."""
        if self._waiting < MOST_WAITING:
            self._waiting += 1
            try:
                await self._sleep(PAUSE)
            finally:
                self._waiting -= 1

    def _refuse(self, verdict: Verdict, caller: Caller, by: str) -> Verdict:
        self.refused["wrong" if verdict is Verdict.WRONG else "too_many"] += 1
        now = self._clock()
        if self._lines.pause(now):
            self._unsaid += 1
            return verdict
        self._lines.take(now)
        unsaid, self._unsaid = self._unsaid, 0
        why = "the token is wrong" if verdict is Verdict.WRONG else "too many wrong tokens: this one was not looked at"
        log.warning("a sign-in was refused", address=caller.address, by=by, why=why, unsaid=unsaid)
        return verdict

    def _tell_of_pause(self, caller: Caller) -> None:
        pause, now = self._attempts.pause(caller.address), self._clock()
        if pause and not self._held_lines.pause(now):
            self._held_lines.take(now)
            log.warning("sign-ins of an address are held up", address=caller.address, seconds=round(pause, 1))
