from __future__ import annotations

from collections.abc import Mapping

import pytest

from wire.ga4.assemble import Batch, Ready, assemble
from wire.ga4.query import join

BASE = "https://x.example/g/collect?"


def event(
    name: str = "a",
    shared: Mapping[str, str] | None = None,
    count: str = "1",
    own: Mapping[str, str] | None = None,
    **hoistable: str,
) -> Ready:
    return Ready(join({"v": "2", **(shared or {}), "_s": count}), join(hoistable), join({"en": name, **(own or {})}), "tfd=9")


def test_a_lone_event_has_everything_in_the_url() -> None:
    assert assemble(BASE, [event(dt="A b", own={"_ee": "1"})]) == [Batch(f"{BASE}v=2&_s=1&dt=A%20b&en=a&_ee=1&tfd=9", "", (0,))]


@pytest.mark.parametrize(("length", "spilled"), [(2048, False), (2049, True)])
def test_a_lone_event_spills_its_own_parameters_into_the_body_beyond_2048_characters(length: int, spilled: bool) -> None:
    bare = len(assemble(BASE, [event(own={"ep.x": ""})])[0].url)
    [batch] = assemble(BASE, [event(dl="u", own={"ep.x": "x" * (length - bare - len("&dl=u"))})])
    assert bool(batch.body) is spilled
    if spilled:
        assert batch.url == f"{BASE}v=2&_s=1&dl=u&tfd=9"
        assert batch.body.startswith("en=a&ep.x=xxx")
    else:
        assert len(batch.url) == length


def test_events_that_share_everything_travel_together_one_a_line() -> None:
    batch = assemble(BASE, [event("a", own={"_ee": "1"}), event("b"), event("c d")])
    assert batch == [Batch(f"{BASE}v=2&_s=1&tfd=9", "en=a&_ee=1\r\nen=b\r\nen=c%20d", (0, 1, 2))]


def test_what_every_event_has_stands_in_the_url_with_its_most_frequent_value() -> None:
    [batch] = assemble(BASE, [event("a", dt="1"), event("b", dt="2", cu="EUR"), event("c", dt="2")])
    assert batch.url == f"{BASE}v=2&_s=1&dt=2&tfd=9"
    assert batch.body.split("\r\n") == ["en=a&dt=1", "en=b&cu=EUR", "en=c"]


def test_of_equally_frequent_values_the_first_events_stands_in_the_url() -> None:
    [batch] = assemble(BASE, [event("a", dt="1"), event("b", dt="2")])
    assert "dt=1" in batch.url
    assert batch.body.split("\r\n") == ["en=a", "en=b&dt=2"]


def test_events_that_share_less_travel_apart_and_in_order() -> None:
    events = [event("a"), event("b", shared={"cid": "2"}), event("c"), event("d", count="2")]
    assert [batch.members for batch in assemble(BASE, events)] == [(0, 2), (1,), (3,)]


def test_the_order_of_what_is_shared_does_not_matter() -> None:
    events = [event(shared={"a": "1", "b": "2"}), event(shared={"b": "2", "a": "1"})]
    assert [batch.members for batch in assemble(BASE, events)] == [(0, 1)]


def test_20_events_are_the_most() -> None:
    sizes = [len(batch.members) for batch in assemble(BASE, [event(str(n)) for n in range(41)])]
    assert sizes == [20, 20, 1]


def test_16384_characters_of_own_parameters_are_the_most() -> None:
    batches = assemble(BASE, [event("a", own={"x": "x" * 8000}) for _ in range(5)])
    assert [batch.members for batch in batches] == [(0, 1), (2, 3), (4,)]
    assert all(len(batch.body) < 16384 + 40 for batch in batches)


def test_an_event_beyond_all_limits_travels_alone() -> None:
    batches = assemble(BASE, [event("a"), event("b", own={"x": "x" * 20000}), event("c")])
    assert [batch.members for batch in batches] == [(0,), (1,), (2,)]


def test_nothing_makes_nothing() -> None:
    assert assemble(BASE, []) == []
