"""What a page shows of a request, in an address and back."""

from __future__ import annotations

import pytest

from server.admin.view import asked_by, query_of, view_of


@pytest.mark.parametrize(
    ("asked", "view"),
    [
        ({}, {}),
        ({"event": "3", "tab": "data", "tag": "", "other": "x"}, {"event": "3", "tab": "data"}),
        ({"tag": "a b", "text": "curl", "reveal": "true"}, {"tag": "a b", "text": "curl"}),
    ],
)
def test_an_address_is_asked_for_what_a_view_has(asked: dict[str, str], view: dict[str, str]) -> None:
    assert view_of(asked) == view


def test_a_query_changes_what_it_is_told_to_and_leaves_out_what_is_empty() -> None:
    view = {"event": 2, "tab": "tags", "tag": "or&ders"}
    assert query_of(view) == "event=2&tab=tags&tag=or%26ders"
    assert query_of(view, tag="") == "event=2&tab=tags"
    assert query_of(view, event=3, text="sent") == "event=3&tab=tags&tag=or%26ders&text=sent"


def test_a_button_that_stands_in_for_a_link_asks_for_the_same() -> None:
    assert asked_by("result=2&" + query_of({"event": 2, "tag": "or&ders ü"})) == {"result": "2", "event": "2", "tag": "or&ders ü"}
    assert asked_by("") == {}
    assert asked_by("&=&%ff" + "x" * 10_000) == {}
