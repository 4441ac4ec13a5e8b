"""A visitor's events in the order in which people read them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.inspection.timeline import SessionShown, timeline
from server.inspection.visitors import VisitorEvent

KINDS = ("ad_storage", "analytics_storage", "ad_user_data", "ad_personalization")


def event(at: int, name: str = "scroll", page: str = "", session: str = "1", **more: Any) -> VisitorEvent:
    plain: VisitorEvent = {
        "at": at,
        "order": (at, 0),
        "worker": 0,
        "request": f"r{at}",
        "client": "web",
        "name": name,
        "page": page,
        "title": "",
        "value": "",
        "session": session,
        "session_number": "",
        "user": False,
        "consent": {},
        "left": [],
        "held": [],
        "findings": [],
    }
    plain.update(more)  # type: ignore[typeddict-item]  # keys of it
    return plain


def consent(*states: str) -> dict[str, str]:
    return dict(zip(KINDS, states, strict=True))


def times(session: SessionShown) -> list[list[int]]:
    return [[entry["at"] for entry in page["entries"]] for page in session["pages"]]


def consented(*events: VisitorEvent) -> list[str]:
    return [entry["consented"] for session in timeline(events) for page in session["pages"] for entry in page["entries"]]


def test_sessions_come_latest_first_and_their_events_as_they_came() -> None:
    shown = timeline([event(5, session="2", session_number="8"), event(1), event(9, session="2"), event(3)])
    assert [(each["id"], each["number"], each["begins"], each["ends"], each["events"]) for each in shown] == [
        ("2", "8", 5, 9, 2),
        ("1", "", 1, 3, 2),
    ]


def test_sessions_of_two_measurement_ids_are_told_apart_though_their_events_mix() -> None:
    shown = timeline([event(1, session="a"), event(2, session="b"), event(3, session="a"), event(4, session="b")])
    assert [(each["id"], times(each)) for each in shown] == [("b", [[2, 4]]), ("a", [[1, 3]])]


def test_what_names_no_session_belongs_to_the_one_that_goes_on() -> None:
    shown = timeline([event(1, session=""), event(2), event(3, "refund", session="")])
    assert [(each["id"], times(each)) for each in shown] == [("1", [[2, 3]]), ("", [[1]])]


def test_a_page_begins_with_another_address_or_another_view_of_it() -> None:
    walk = [
        event(1, "page_view", "/a", title="A"),
        event(2, page="/a"),
        event(3, "page_view", "/a"),
        event(4, page="/b"),
        event(5, "refund"),
    ]
    (session,) = timeline(walk)
    assert [(page["page"], page["title"]) for page in session["pages"]] == [("/a", "A"), ("/a", ""), ("/b", "")]
    assert times(session) == [[1, 2], [3], [4, 5]]


def test_events_before_the_first_page_stand_by_themselves() -> None:
    (session,) = timeline([event(1), event(2, page="/a")])
    assert [(page["page"], len(page["entries"])) for page in session["pages"]] == [("", 1), ("/a", 1)]


def test_consent_is_told_when_it_is_known_and_when_it_changes() -> None:
    denied, granted = consent(*["denied"] * 4), consent(*["granted"] * 4)
    some = {**denied, "analytics_storage": "granted"}
    assert consented(event(1, consent=denied), event(2, consent=denied), event(3, consent=some), event(4, consent=granted)) == [
        "all denied",
        "",
        "granted: analytics_storage",
        "granted: ad_storage, ad_user_data, ad_personalization",
    ]


def test_what_says_nothing_of_consent_changes_nothing() -> None:
    some = consent("granted", "denied", "unset", "unset")
    unset = consent(*["unset"] * 4)
    assert consented(event(1, consent=unset), event(2, consent=some), event(3, consent=unset), event(4, consent=some)) == [
        "",
        "granted: ad_storage; denied: analytics_storage",
        "",
        "",
    ]


MANY = st.lists(
    st.builds(
        event,
        st.integers(0, 50),
        st.sampled_from(["page_view", "scroll"]),
        st.sampled_from(["", "/a", "/b"]),
        st.sampled_from(["", "1", "2"]),
        worker=st.integers(0, 3),
        consent=st.sampled_from([{}, consent("granted", "denied", "unset", "unset")]),
    )
)


@given(MANY)
def test_every_event_stands_there_once_in_order_whatever_they_are(events: list[VisitorEvent]) -> None:
    shown = timeline(events)
    entries = [entry for session in shown for page in session["pages"] for entry in page["entries"]]
    assert sorted(entry["at"] for entry in entries) == sorted(each["at"] for each in events)
    for session in shown:
        own = [at for page in times(session) for at in page]
        assert own == sorted(own)
        assert (session["begins"], session["ends"], session["events"]) == (own[0], own[-1], len(own))
    assert [each["begins"] for each in shown] == sorted((each["begins"] for each in shown), reverse=True)
