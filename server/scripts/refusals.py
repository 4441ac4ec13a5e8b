"""What upstream refused, named in words and remembered for a short while, so that it is not asked again for each visitor."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from server.scripts.cached import Key
from server.scripts.fetch import FetchError
from wire.scripts.queries import id_of, is_preview

MOST: Final = 200
"""Refusals that are remembered; of more the oldest is forgotten, so made-up files cost no memory."""
REMEMBERED: Final = 60.0
"""Seconds."""
LATELY: Final = 900.0
"""Seconds for which a refusal is told of, since a page that asks for the file again would have renewed it."""
LONGEST_PAUSE: Final = 3600.0
"""Seconds that upstream may ask to be left alone."""

NOT_THERE: Final = frozenset({404, 410})
REFUSED: Final = frozenset({*NOT_THERE, 401, 403, 429, 451})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Upstream's word on a file. ``at`` and ``until`` in microseconds since 1970."""

    error: FetchError
    at: int
    until: int


class Refusals:
    """By file, and for an origin that asked to be left alone, until when that is."""

    def __init__(self) -> None:
        self._known: OrderedDict[Key, Refusal] = OrderedDict()
        self._pauses: dict[str, Refusal] = {}

    def check(self, key: Key, now: int) -> None:
        """Raises the FetchError that upstream has answered lately, where it is not to be asked again yet."""
        for refusal in (self._pauses.get(_origin(key.url)), self._known.get(key)):
            if refusal is not None and refusal.at <= now < refusal.until:
                raise FetchError(str(refusal.error), refusal.error.status, (refusal.until - now) / 1_000_000)

    def note(self, key: Key, error: FetchError, now: int) -> FetchError:
        """Remembers what upstream has answered, if that was a refusal. The error in its own words."""
        named = FetchError(words(key, error), error.status, min(error.retry_after, LONGEST_PAUSE))
        if error.status == 429:
            named.retry_after = named.retry_after or REMEMBERED
            self._pauses[_origin(key.url)] = Refusal(named, now, now + int(named.retry_after * 1_000_000))
        if error.status in REFUSED and not is_preview(key.url):
            self._known[key] = Refusal(named, now, now + int(REMEMBERED * 1_000_000))
            self._known.move_to_end(key)
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        return named

    def forget(self, key: Key) -> None:
        """Upstream gives the file."""
        self._known.pop(key, None)

    def clear(self) -> None:
        """An operator wants upstream to be asked again, whatever it said."""
        self._known.clear()
        self._pauses.clear()

    def lately(self, now: int) -> list[tuple[Key, Refusal]]:
        """What was refused in the last quarter of an hour, the latest refusal of each file."""
        return [(key, each) for key, each in self._known.items() if now - each.at < LATELY * 1_000_000]


def words(key: Key, error: FetchError) -> str:
    """Why there is no such file, for whoever runs this."""
    if error.status in NOT_THERE:
        id = id_of(key.url)
        return f"Google has no published version of {id}" if id else "Google has no such file"
    if error.status == 429:
        return "Google asks for fewer requests (HTTP 429)"
    if error.status in REFUSED:
        return f"Google refuses {id_of(key.url) or 'the file'} (HTTP {error.status})"
    return str(error)


def _origin(url: str) -> str:
    return url[: url.find("/", 8)]
