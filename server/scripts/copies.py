"""Upstream's files, kept: when one is good enough, when it is renewed, and what happens while upstream is away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import structlog

from server.scripts.disk import Disk
from server.scripts.fetch import Fetch, FetchError
from server.scripts.flights import Flights
from server.scripts.held import Copy, Held, Key
from server.scripts.kinds import kind_of
from server.scripts.memory import Memory

log = structlog.get_logger("tagyard")

FRESH_AT_LEAST: Final = 60.0
"""Seconds. A copy counts as fresh for so long whatever upstream says."""
AT_ONCE: Final = 3600.0
"""Seconds. Up to this age a copy is given out at once and renewed behind the visitor's back."""
STALE: Final = 7 * 86_400.0
"""Seconds. Up to this age a copy is given out where upstream gives no other."""
PATIENCE: Final = 2.0
"""Seconds that a visitor waits for upstream while there is an old copy."""
PAUSE: Final = 30.0
"""Seconds after a failure before a copy is tried to be renewed again."""
MOST_FETCHES: Final = 64
"""Different files that are waited for; more are refused, since only made-up queries ask for so many at once."""


class Copies:
    """The cache of one process; ``clock`` gives microseconds since 1970. Failures are never kept."""

    def __init__(self, disk: Disk, fetch: Fetch, clock: Callable[[], int], *, patience: float = PATIENCE) -> None:
        self.memory = Memory()
        self._disk = disk
        self._fetch = fetch
        self._clock = clock
        self._patience = patience
        self._loads: Flights[Key, Held | None] = Flights()
        self._fetches: Flights[Key, Held] = Flights()
        self._previews: Flights[object, Copy] = Flights()

    async def get(self, key: Key) -> Held:
        """The file: fresh, or as good as can be had. Raises FetchError where there is none."""
        held = self.memory.get(key) or await asyncio.shield(self._loads.start(key, lambda: self._load(key)))
        if held is None:
            return await asyncio.shield(self._renewal(key))
        now = self._clock()
        if held.copy.is_fresh(now):
            return held
        age = abs(held.copy.age(now))
        if age > STALE:
            return await asyncio.shield(self._renewal(key))
        if now >= held.retry_at:
            await self._renew_behind(key, 0.0 if age <= AT_ONCE else self._patience)
        return self.memory.peek(key) or held

    async def _renew_behind(self, key: Key, patience: float) -> None:
        with contextlib.suppress(FetchError):
            renewal = self._renewal(key)
            if not patience:
                return
            try:
                await asyncio.wait_for(asyncio.shield(renewal), patience)
            except TimeoutError:
                self._postpone(key, f"no answer within {patience:g} s so far")

    def _renewal(self, key: Key) -> asyncio.Task[Held]:
        if key not in self._fetches:
            self._check_room()
        return self._fetches.start(key, lambda: self._renew(key))

    async def _load(self, key: Key) -> Held | None:
        copy = await asyncio.to_thread(self._disk.load, key)
        return None if copy is None else self.memory.put(key, copy)

    async def _renew(self, key: Key, ours: bool = False) -> Held:
        """A newer copy: another process's from the disk, unless it shall be ``ours``; else upstream's."""
        kept = None if ours else await asyncio.to_thread(self._disk.load, key)
        if kept is not None and kept.is_fresh(self._clock()):
            return self.memory.put(key, kept)
        copy = await self._fetched(key)
        held = self.memory.put(key, copy)
        try:
            await asyncio.to_thread(self._disk.store, key, copy)
        except OSError as error:
            log.warning("a script could not be kept on disk", why=error.strerror)
        return held

    async def _fetched(self, key: Key) -> Copy:
        kind = kind_of(key)
        try:
            fetched = await self._fetch(key.url, region_headers(key), kind.accepted)
        except FetchError as error:
            self._note(key, error)
            raise
        wished = kind.fresh_for if fetched.max_age is None else fetched.max_age
        return Copy(fetched.body, self._clock(), min(max(wished, FRESH_AT_LEAST), kind.fresh_for))

    def _note(self, key: Key, error: FetchError) -> None:
        log.warning("a script could not be fetched", file=key.url.partition("?")[0], why=str(error))
        self._postpone(key, str(error))

    def _postpone(self, key: Key, why: str) -> None:
        """For a while nobody waits for a newer copy of this one."""
        held = self.memory.peek(key)
        if held is not None:
            held.failed(why, self._clock() + int(PAUSE * 1_000_000))

    async def once(self, key: Key) -> Held:
        """The file, fetched for this one time and not kept. Raises FetchError."""
        self._check_room()
        return Held(await asyncio.shield(self._previews.start(object(), lambda: self._fetched(key))))

    def _check_room(self) -> None:
        if len(self._fetches) + len(self._previews) >= MOST_FETCHES:
            raise FetchError("too many different files are being fetched")

    def refresh(self) -> list[asyncio.Task[Held]]:
        """Fetches every file in memory anew, whatever its age; the tasks raise FetchError."""
        return [self._fetches.start(key, partial(self._renew, key, ours=True)) for key, _ in list(self.memory)]

    def rows(self) -> Iterator[dict[str, Any]]:
        """What is in memory, for whoever asks; ``age`` in seconds."""
        now = self._clock()
        for key, held in self.memory:
            copy = held.copy
            about = {"url": key.url, "region": key.place, "age": max(0, round(copy.age(now))), "fresh": copy.is_fresh(now)}
            yield {**about, "bytes": len(copy.body), "variants": len(held.variants), "failure": held.failure}

    async def close(self) -> None:
        """Ends what is under way."""
        await self._loads.cancel()
        await self._fetches.cancel()
        await self._previews.cancel()


def region_headers(key: Key) -> Mapping[str, str]:
    """The headers by which Google's services are told where a visitor is."""
    if not key.country:
        return {}
    headers = {"x-forwarded-country": key.country, "x-gclb-country": key.country, "x-appengine-country": key.country}
    if not key.region:
        return headers
    regions = {"x-forwarded-region": key.region, "x-gclb-region": key.country + key.region}
    return {**headers, **regions, "x-appengine-region": key.region.lower()}
