"""Clients that claim what comes to the paths of a list."""

from __future__ import annotations

import pytest
from pydantic import Field, ValidationError

from core.fields import Many
from wire.activation import PathAndIdSettings, PathSettings


class Listed(PathAndIdSettings):
    ids: Many[str] = Field([])

    def claimed_ids(self) -> list[str]:
        return self.ids


def listed(paths: list[str], *ids: str) -> Listed:
    return Listed(activation_paths=paths, ids=list(ids))


def test_each_path_is_told_with_where_it_stands() -> None:
    assert PathSettings(activation_paths="/one").written_paths() == {("activation_paths", 0): "/one"}
    told = PathSettings(activation_paths=["/one", "/two"]).written_paths()
    assert told == {("activation_paths", 0): "/one", ("activation_paths", 1): "/two"}


def test_a_path_begins_with_a_slash() -> None:
    with pytest.raises(ValidationError, match="pattern"):
        PathSettings(activation_paths=["one"])


@pytest.mark.parametrize(
    ("first", "second", "nothing_left"),
    [
        (listed(["/a"]), listed(["/a"]), True),
        (listed(["/a"]), listed(["/a"], "G-1"), True),
        (listed(["/a", "/b"], "G-1", "G-2"), listed(["/b"], "G-2"), True),
        (listed(["/a"]), listed(["/a", "/b"]), False),
        (listed(["/a"], "G-1"), listed(["/a"], "G-1", "G-2"), False),
        (listed(["/a"], "G-1"), listed(["/a"]), False),
    ],
)
def test_nothing_is_left_for_whom_another_has_all_the_paths_and_ids_of(first: Listed, second: Listed, nothing_left: bool) -> None:
    assert first.overshadows(second) is nothing_left
