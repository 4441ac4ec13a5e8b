"""What of a request somebody looks at, whatever they ask for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.inspection.view import OF_EVENTS, TABS, View, tabs_of


@pytest.mark.parametrize(
    ("asked", "view"),
    [
        ({}, View()),
        ({"event": "3", "tab": "data"}, View(3, "data")),
        ({"event": 3, "tag": "ga4", "text": "curl"}, View(3, tag="ga4", text="curl")),
        ({"event": "0"}, View(1)),
        ({"event": "-1"}, View(1)),
        ({"event": "٣"}, View(1)),
        ({"event": "99999999999999999999"}, View(1)),
        ({"event": None, "tab": None, "tag": None, "text": None}, View()),
        ({"tab": "no such tab"}, View()),
        ({"tab": ["tags"]}, View()),
        ({"only_title": True}, View(only_title=True)),
        ({"only_title": "true"}, View()),
    ],
)
def test_what_is_asked_amiss_is_as_at_first(asked: dict[str, Any], view: View) -> None:
    assert View.of(asked) == view


def test_without_events_there_are_the_tabs_that_speak_of_none() -> None:
    assert tabs_of(1) == list(TABS)
    assert tabs_of(0) == ["request", "reply", "test"]
    assert not OF_EVENTS & set(tabs_of(0))


@given(st.integers(1, 1000), st.sampled_from(["", *TABS]), st.integers(0, 50))
def test_a_view_is_of_an_event_and_a_tab_that_there_are(event: int, tab: str, events: int) -> None:
    view = View(event, tab).within(events)
    assert 1 <= view.event <= max(1, events)
    assert view.tab in tabs_of(events)
    assert view.tab == tab or tab == "" or tab in OF_EVENTS


def test_the_tag_and_the_text_stay() -> None:
    assert View(9, "tags", "ga4", "curl").within(2) == View(2, "tags", "ga4", "curl")
