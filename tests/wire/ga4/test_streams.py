"""Which streams a file speaks of."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from core.settings import ClientSettings, TagSettings
from wire.ga4.streams import of_clients, of_clients_and_tags, open_to_all, unclear_stream


class Listing(ClientSettings):
    """A client with ids: those of the site, and those that it claims."""

    own: tuple[str, ...] = ()
    claimed: tuple[str, ...] = ()

    def site_ids(self) -> tuple[str, ...]:
        return self.own

    def claimed_ids(self) -> tuple[str, ...]:
        return self.claimed


class Spelling(TagSettings):
    """A tag with an id."""

    def site_ids(self) -> tuple[str, ...]:
        return ("G-T", "G-1")


def file(*clients: ClientSettings, tags: tuple[TagSettings, ...] = ()) -> Any:
    def named(all: tuple[Any, ...]) -> dict[str, Any]:
        return {str(at): SimpleNamespace(name=str(at), settings=each) for at, each in enumerate(all)}

    return SimpleNamespace(clients=named(clients), tags=named(tags))


def test_each_id_is_told_once_and_clients_come_first() -> None:
    read = file(Listing(own=("G-2", "G-1")), Listing(own=("G-1", "G-3")), tags=(Spelling(),))
    assert of_clients(read) == ["G-2", "G-1", "G-3"]
    assert of_clients_and_tags(read) == ["G-2", "G-1", "G-3", "G-T"]


@pytest.mark.parametrize(
    ("claimed", "clear"),
    [
        ([("G-1",)], True),
        ([("G-1",), ("G-1", "UA-1-1", "1:2:ios:3")], True),
        ([()], False),
        ([("G-1",), ("G-2",)], False),
        ([("UA-1-1",)], False),
    ],
)
def test_one_stream_alone_is_clear(claimed: list[tuple[str, ...]], clear: bool) -> None:
    doubts = unclear_stream(file(*(Listing(claimed=each) for each in claimed)))
    assert (doubts == []) is clear


def test_what_else_keeps_strangers_out_is_said() -> None:
    assert open_to_all(", or else").message.endswith("name yours under `measurement_ids`, or else")
