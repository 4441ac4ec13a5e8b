from __future__ import annotations

from typing import Any

import orjson
import pytest

from wire.measurement_protocol.assemble import Batch, Ready, assemble

URL = "https://ga.example/mp/collect?measurement_id=G-ABC&api_secret=x"


def ready(name: str = "e", url: str = URL, **beside: Any) -> Ready:
    return Ready(url, {"client_id": "1.2", **beside}, {"name": name, "params": {}})


def of_size(size: int) -> Ready:
    """An event whose own JSON has this many bytes."""
    bare = len(orjson.dumps(ready("").event))
    return ready("x" * (size - bare))


def members(events: list[Ready]) -> list[tuple[int, ...]]:
    return [batch.members for batch in assemble(events)]


def test_nothing_is_no_request() -> None:
    assert assemble([]) == []


def test_one_event() -> None:
    body = b'{"client_id":"1.2","events":[{"name":"refund","params":{}}]}'
    assert assemble([ready("refund")]) == [Batch(URL, body, (0,))]


def test_events_with_equal_fields_leave_together_in_order() -> None:
    [batch] = assemble([ready("a", user_id="U"), ready("b", user_id="U")])
    assert orjson.loads(batch.body) == {
        "client_id": "1.2",
        "user_id": "U",
        "events": [{"name": "a", "params": {}}, {"name": "b", "params": {}}],
    }
    assert batch.members == (0, 1)


def test_the_order_of_the_fields_makes_no_difference() -> None:
    one, other = ready(user_id="U", ip_override="192.0.2.1"), ready(ip_override="192.0.2.1", user_id="U")
    assert members([one, other]) == [(0, 1)]


@pytest.mark.parametrize(
    "other",
    [ready(client_id="9.9"), ready(user_id="U"), ready(consent={"ad_user_data": "DENIED"}), ready(url=URL + "y")],
)
def test_events_that_differ_in_one_of_them_leave_apart(other: Ready) -> None:
    assert members([ready(), other, ready()]) == [(0, 2), (1,)]


@pytest.mark.parametrize(("events", "sizes"), [(25, [25]), (26, [25, 1]), (51, [25, 25, 1])])
def test_a_request_has_at_most_25_events(events: int, sizes: list[int]) -> None:
    carried = members([ready()] * events)
    assert [len(each) for each in carried] == sizes
    assert [index for each in carried for index in each] == list(range(events))


AROUND = len(b'{"client_id":"1.2","events":[]}')


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([64_999, 129_999 - AROUND - 64_999 - 1], [(0, 1)]),
        ([64_999, 129_999 - AROUND - 64_999], [(0,), (1,)]),
        ([40_000] * 7, [(0, 1, 2), (3, 4, 5), (6,)]),
        ([200_000, 100], [(0,), (1,)]),
        ([100, 200_000], [(0,), (1,)]),
    ],
)
def test_a_body_stays_below_130_kb(sizes: list[int], expected: list[tuple[int, ...]]) -> None:
    batches = assemble([of_size(size) for size in sizes])
    assert [batch.members for batch in batches] == expected
    assert all(len(batch.body) < 130_000 for batch in batches if len(batch.members) > 1)


def test_the_largest_body_has_129_999_bytes() -> None:
    [batch] = assemble([of_size(64_999), of_size(129_999 - AROUND - 64_999 - 1)])
    assert len(batch.body) == 129_999
