"""Upstream's files, kept: when one is good enough, when it is renewed, and what happens while upstream is away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import structlog

from server.scripts.budget import Budget
from server.scripts.cached import Cached, Copy, Key
from server.scripts.disk import Disk
from server.scripts.fetch import CrowdedError, Fetch, FetchError
from server.scripts.flights import Flights
from server.scripts.kinds import kind_of
from server.scripts.memory import Memory
from server.scripts.refusals import NOT_THERE, Refusals, words
from wire.scripts.queries import id_of

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
    """The cache of one process; ``clock`` gives microseconds since 1970. Of failures only refusals are remembered, shortly."""

    def __init__(self, disk: Disk, fetch: Fetch, clock: Callable[[], int], *, patience: float = PATIENCE) -> None:
        self.memory = Memory()
        self.refusals = Refusals()
        self._disk = disk
        self._fetch = fetch
        self._clock = clock
        self._patience = patience
        self._loads: Flights[Key, Cached | None] = Flights()
        self._fetches: Flights[Key, Cached] = Flights()
        self._previews: Flights[object, Copy] = Flights()
        self._budget = Budget()
        self._preview_budget = Budget(every=1.0)

    async def get(self, key: Key) -> Cached:
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
        return self._unless_gone(key, self.memory.peek(key) or held)

    def _unless_gone(self, key: Key, held: Cached) -> Cached:
        if not held.gone:
            return held
        self.memory.drop(key)
        self._loads.start(key, lambda: self._forget(key))
        raise FetchError(words(key, FetchError("", 404)), 404)

    async def _forget(self, key: Key) -> None:
        with contextlib.suppress(OSError):
            await asyncio.to_thread(self._disk.forget, key)

    async def _renew_behind(self, key: Key, patience: float) -> None:
        with contextlib.suppress(FetchError):
            renewal = self._renewal(key)
            if not patience:
                return
            try:
                await asyncio.wait_for(asyncio.shield(renewal), patience)
            except TimeoutError:
                self._postpone(key, f"no answer within {patience:g} s so far")

    def _renewal(self, key: Key) -> asyncio.Task[Cached]:
        if key not in self._fetches:
            self._check_room()
            self.refusals.check(key, self._clock())
            self._check_budget(self._budget, key)
        return self._fetches.start(key, lambda: self._renew(key))

    async def _load(self, key: Key) -> Cached | None:
        copy = await asyncio.to_thread(self._disk.load, key)
        if copy is None:
            return None
        self._budget.known(key.url)
        return self.memory.put(key, copy)

    async def _renew(self, key: Key, ours: bool = False) -> Cached:
        """A newer copy: another process's from the disk, unless it shall be ``ours``; else upstream's."""
        kept = None if ours else await asyncio.to_thread(self._disk.load, key)
        if kept is not None and kept.is_fresh(self._clock()):
            self.refusals.forget(key)
            return self.memory.put(key, kept)
        copy = await self._fetched(key)
        self.refusals.forget(key)
        self._budget.known(key.url)
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
            raise self._noted(key, error) from None
        wished = kind.fresh_for if fetched.max_age is None else fetched.max_age
        return Copy(fetched.body, self._clock(), min(max(wished, FRESH_AT_LEAST), kind.fresh_for))

    def _noted(self, key: Key, error: FetchError) -> FetchError:
        named = self.refusals.note(key, error, self._clock())
        log.warning("a script could not be fetched", file=key.url.partition("?")[0], why=str(named))
        self._postpone(key, str(named), max(PAUSE, named.retry_after))
        if held := self.memory.peek(key):
            held.answered(self._clock(), gone=error.status in NOT_THERE)
        return named

    def _postpone(self, key: Key, why: str, pause: float = PAUSE) -> None:
        """For a while nobody waits for a newer copy of this one."""
        held = self.memory.peek(key)
        if held is not None:
            held.failed(why, self._clock() + int(pause * 1_000_000))

    async def once(self, key: Key) -> Cached:
        """The file, fetched for this one time and not kept. Raises FetchError."""
        self._check_room()
        self.refusals.check(key, self._clock())
        self._check_budget(self._preview_budget, key)
        return Cached(await asyncio.shield(self._previews.start(object(), lambda: self._fetched(key))))

    def _check_room(self) -> None:
        if len(self._fetches) + len(self._previews) >= MOST_FETCHES:
            raise CrowdedError("too many different files are being fetched")

    def _check_budget(self, budget: Budget, key: Key) -> None:
        """What is asked for by a listed id and nothing else is not made up, so it is never held back."""
        plain = "=" in key.url and "&" not in key.url
        if not plain and not budget.allows(key.url, self._clock()):
            raise CrowdedError("too many different files have been asked for lately")

    def refresh(self) -> list[asyncio.Task[Cached]]:
        """Fetches every file in memory anew, whatever its age; the tasks raise FetchError. What was refused may be asked for."""
        self.refusals.clear()
        return [self._fetches.start(key, partial(self._renew, key, ours=True)) for key, _ in list(self.memory)]

    def rows(self) -> Iterator[dict[str, Any]]:
        """What is in memory, for whoever asks; ``age`` in seconds."""
        now = self._clock()
        for key, held in self.memory:
            copy = held.copy
            about = {"url": key.url, "region": key.place, "age": max(0, round(copy.age(now))), "fresh": copy.is_fresh(now)}
            yield {**about, "bytes": len(copy.body), "variants": len(held.variants), "failure": held.failure}
        for key, refusal in self.refusals.lately(now):
            if self.memory.peek(key) is None:
                age = max(0, (now - refusal.at) // 1_000_000)
                about = {"url": key.url, "region": key.place, "age": age, "fresh": False}
                yield {**about, "bytes": 0, "variants": 0, "failure": str(refusal.error)}

    def reasons(self) -> list[str]:
        """What upstream refuses of an id altogether: a query may be made up, an id that has been served or is listed is not."""
        served = {id_of(key.url) for key, _ in self.memory}
        refused = self.refusals.lately(self._clock())
        known = ((key, each) for key, each in refused if (id := id_of(key.url)) and (id not in served or self.memory.peek(key)))
        return list(dict.fromkeys(str(each.error) for _, each in known))

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
