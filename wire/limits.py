"""What one request may hold: more than real senders put into one, and little enough that none holds up the others.

A request over a limit is refused as a whole, with 413 and the reason, and counted by the limit's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Final

MOST_BYTES: Final = 256 << 10
"""Of a body, decompressed. Google takes 130,000 by the Measurement Protocol; gtag batches 16,384, and browsers send 64 KiB."""
MOST_EVENTS: Final = 100
"""Google takes 25, and gtag batches 20."""
MOST_PARAMETERS: Final = 2_500
"""Over all events: those that events share count for each. gtag batches 20 events of some 60 parameters; Google takes 25 of
the page's own in each, and 100 of customers of Analytics 360."""
MOST_VALUES: Final = 4_300
"""Parameters, and fields of items and of other objects, over all events: 200 items, as many as Google takes, of 20 fields,
with 100 parameters beside them."""
MOST_TEXT: Final = 128 << 10
"""Characters, decoded, of what the request says itself."""
MOST_CHARACTERS: Final = 256 << 10
"""Characters over all events: what they share counts for each. It is what a request grows into on the disk, times its tags."""


class Limit(Enum):
    """The limits, by the name they are counted by, with what is said of a request that is over one."""

    BODY = "TOO_MANY_BYTES", f"more than {MOST_BYTES} bytes"
    EVENTS = "TOO_MANY_EVENTS", f"more than {MOST_EVENTS} events"
    PARAMETERS = "TOO_MANY_PARAMETERS", f"more than {MOST_PARAMETERS} parameters over all events"
    VALUES = "TOO_MANY_VALUES", f"more than {MOST_VALUES} parameters and fields of items over all events"
    TEXT = "TOO_MUCH_TEXT", f"more than {MOST_TEXT} characters of text"
    GROWTH = "TOO_MUCH_TEXT_REPEATED", f"more than {MOST_CHARACTERS} characters over all events, each with what they share"

    @property
    def code(self) -> str:
        """The name it is counted by."""
        return self.value[0]

    @property
    def words(self) -> str:
        """What a request has that is over it."""
        return self.value[1]


class OversizedError(ValueError):
    """A request that is over a limit; its text says which, in words, and ``code`` by name."""

    def __init__(self, limit: Limit, why: str = "") -> None:
        super().__init__(why or limit.words)
        self.code = limit.code


def check_body(size: int) -> None:
    """Raises OversizedError for a body of too many bytes."""
    if size > MOST_BYTES:
        raise OversizedError(Limit.BODY)


def check_hits(query: int, shared: Mapping[str, str], body: int, own: Sequence[Mapping[str, str]]) -> None:
    """Raises OversizedError where hits are too much that have parameters of their own, and others that each of them shares.

    ``query`` and ``body`` are the lengths of what the one and the other are from.
    """
    number = len(own)
    if number > MOST_EVENTS:
        raise OversizedError(Limit.EVENTS)
    if number * query + body <= MOST_PARAMETERS:
        return  # Each takes a character at least.
    shared_characters = _characters(shared)
    if number * len(shared) + sum(map(len, own)) > MOST_PARAMETERS:
        raise OversizedError(Limit.PARAMETERS)
    if number * _values(shared) + sum(map(_values, own)) > MOST_VALUES:
        raise OversizedError(Limit.VALUES)
    text = sum(map(_characters, own))
    if text > MOST_TEXT:
        raise OversizedError(Limit.TEXT)
    if number * shared_characters + text > MOST_CHARACTERS:
        raise OversizedError(Limit.GROWTH)


def _characters(parameters: Mapping[str, str]) -> int:
    return sum(map(len, parameters)) + sum(map(len, parameters.values()))


def _values(parameters: Mapping[str, str]) -> int:
    """An item is one parameter of many fields, with a tilde between them."""
    return len(parameters) + _tildes(parameters.values())


def _tildes(texts: Iterable[str]) -> int:
    return sum([text.count("~") for text in texts])
