"""What is shown of a request at a glance, masked and as it came."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.inspection.glance import AsItCame, Glance, clipped, glance, masks_of
from tests.server.inspection.conftest import SECRETS, Desk


def seen(record: Any) -> Glance:
    return glance(record, masks_of(record))


def told(desk: Desk, *events: dict[str, Any], **more: Any) -> Any:
    return desk.measurement({"client_id": "1.2", "events": [{"name": "x", "params": each} for each in events], **more})


def test_the_first_event_that_has_one_gives_page_and_value(desk: Desk) -> None:
    record = told(desk, {}, {"page_location": "https://Shop.example/a?b=c#d", "value": 1}, {"page_location": "/z", "value": 2})
    assert (seen(record).page, seen(record).location, seen(record).value) == ("/a", "shop.example/a", "1.00")


@pytest.mark.parametrize(
    ("params", "page", "location"),
    [
        ({"page_path": "/only/path"}, "/only/path", "/only/path"),
        ({"page_location": ""}, "", ""),
        ({"page_location": 7, "page_path": ["x"]}, "", ""),
        ({"page_location": "https://shop.example"}, "/", "shop.example/"),
        ({"page_location": "https://u:p@shop.example:8443/x"}, "/x", "shop.example/x"),
        ({"page_location": "https://[bad/x"}, None, None),
        ({"page_location": "https://shop.example/for/a@b.example/x"}, "/for/•••/x", "shop.example/for/•••/x"),
    ],
)
def test_a_page_is_a_path_without_what_a_query_tells(desk: Desk, params: dict[str, Any], page: str, location: str) -> None:
    found = seen(told(desk, params))
    assert page is None or (found.page, found.location) == (page, location)


def test_the_same_visitor_has_the_same_colour_and_another_mostly_another(desk: Desk) -> None:
    def colour(id: str) -> int:
        visitor = seen(desk.met(desk.request(f"v=2&tid=G-ABC1234567&cid={id}&en=x"))).visitor
        assert visitor is not None
        return visitor["colour"]

    assert colour("13.1") == colour("13.1")
    assert len({colour(f"{number}.1760043792") for number in range(100)}) == 8


@pytest.mark.parametrize(
    ("id", "short"), [("1307714608.1760043792", "714608"), ("12.9", "12"), ("abcdefghij", "efghij"), ("a.b.c", "a.b")]
)
def test_a_visitor_is_told_by_the_end_of_the_random_part(desk: Desk, id: str, short: str) -> None:
    visitor = seen(desk.met(desk.request(f"v=2&tid=G-ABC1234567&cid={id}&en=x"))).visitor
    assert visitor is not None
    assert (visitor["id"], visitor["short"]) == (id, short)


@pytest.mark.parametrize("id", [".", "..", "..."])
def test_an_id_that_is_no_part_of_a_path_has_no_link(desk: Desk, id: str) -> None:
    visitor = seen(desk.met(desk.request(f"v=2&tid=G-ABC1234567&cid={id}&en=x"))).visitor
    assert visitor is not None
    assert visitor["link"] == ""


def test_event_data_is_searched_by_its_values_at_any_depth(desk: Desk) -> None:
    items = [{"item_id": "SKU-1", "price": 12.5}, {"item_id": "SKU-2", "quantity": 3}]
    lines = seen(told(desk, {"items": items, "plan": "gold", "flag": True})).data.splitlines()
    assert {"SKU-1", "12.5", "SKU-2", "3", "gold"} <= set(lines)


def test_what_is_personal_by_its_place_is_left_out_and_by_its_look_masked(desk: Desk) -> None:
    held = json.dumps({"email": "in@json.example", "kind": "nested"})
    record = told(
        desk, {"note": "ask a@b.example", "phone": "+4930123456", "held": held}, user_data={"email": "who@mail.example"}
    )
    data = seen(record).data
    assert "ask •••" in data
    assert "nested" in data
    for hidden in ("b.example", "+4930123456", "json.example", "mail.example"):
        assert hidden not in data


def test_what_a_person_is_told_by_is_masked_wherever_it_turns_up(desk: Desk) -> None:
    record = told(
        desk, {"note": "Rosalinde called", "page_location": "https://x.example/Rosalinde"}, user_data={"first_name": "x"}
    )
    assert "Rosalinde" in seen(record).data
    known = told(
        desk,
        {"note": "+4930123456 called", "page_location": "https://x.example/+4930123456"},
        user_data={"phone_number": "+4930123456"},
    )
    assert "4930123456" not in seen(known).data + seen(known).page


def test_secrets_are_masked(desk: Desk) -> None:
    record = told(desk, {f"p{at}": f"<{secret}>" for at, secret in enumerate(SECRETS.values())})
    assert not [secret for secret in SECRETS.values() if secret in seen(record).data]
    assert "<***>" in seen(record).data


def test_as_it_came_hides_nothing_and_has_everything_that_is_shown(desk: Desk) -> None:
    record = told(desk, {"note": "ask a@b.example", "value": 3, "currency": "EUR", "page_location": "https://x.example/p"})
    plain, masked = glance(record, AsItCame()), seen(record)
    assert "a@b.example" in plain.data
    assert (plain.events, plain.page, plain.value, plain.visitor) == (masked.events, masked.page, masked.value, masked.visitor)


@pytest.mark.parametrize(("text", "shown"), [("", ""), ("abcde", "abcde"), ("abcdef", "abcd…")])
def test_what_is_too_long_ends_in_an_ellipsis(text: str, shown: str) -> None:
    assert clipped(text, 5) == shown
