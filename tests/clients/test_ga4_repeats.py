"""What gtag sends once more after a consent update: marked, by nobody else, and without making anybody known."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from core.types import Claim, Event
from tests.clients.server_cookies import NOW, OLD, SECRET, VECTOR, VECTOR_ID, claim, cookies_of, event_of, hit
from wire.cookies.fpid import read_fpid
from wire.ga4.table import REPEAT

UPDATE = "&gcs=G111&gcd=13r3r3r3r5l1&gcu=1&richsstsse"
REPEATED = f"{UPDATE}&sst.gcut=1.3.4"
TEMPORARY = f"555.{NOW - 20}"
GA = f"_ga=GA1.1.{OLD}"


def data(more: str, body: bytes = b"") -> list[Event]:
    return list(claim(hit(more, body=body)).events)


@pytest.mark.parametrize(
    ("more", "is_repeat"),
    [
        ("&sst.gcut=1.3.4&richsstsse", True),
        ("&sst.gcut=1", True),
        ("&sst.gcut=3&sst.syn=1&gcu=1", True),
        ("&sst.gcut=3&gcut=3", False),
        ("&sst.gcut=3&gcut=", False),
        ("&gcut=3&richsstsse", False),
        ("&sst.gcut=&richsstsse", False),
        ("&richsstsse", False),
        ("&gcu=1&sst.gcd=13r3r3r3r5", False),
        ("&ep.sst.gcut=1", False),
        ("&sst.gcut=1&ep.gcut=1", True),
    ],
)
def test_which_hit_is_one(more: str, is_repeat: bool) -> None:
    [event] = data(more)
    assert (event.get(REPEAT) is True) == is_repeat
    assert REPEAT not in event or is_repeat


def test_a_batch_is_told_event_by_event() -> None:
    lines = b"en=page_view\r\nen=user_engagement&gcut=3\r\nen=purchase&_c=1"
    assert [REPEAT in event for event in data("&sst.gcut=3", lines)] == [True, False, True]
    lines = b"en=page_view&sst.gcut=1\r\nen=scroll"
    assert [REPEAT in event for event in data("", lines)] == [True, False]


@pytest.mark.parametrize(
    "more",
    [
        f"&ep.{REPEAT}=true",
        f"&ep.{REPEAT}=1&richsstsse",
        f"&epn.{REPEAT}=1",
        f"&{REPEAT}=true",
        f"&up.{REPEAT}=true",
        f"&sst.{REPEAT}=true",
        f"&{quote('ep.' + REPEAT)}=true",
    ],
)
def test_no_page_can_say_so(more: str) -> None:
    assert REPEAT not in event_of(claim(hit(more)))
    assert event_of(claim(hit(f"{more}&sst.gcut=1")))[REPEAT] is True


@pytest.mark.parametrize("secret", [None, SECRET])
@pytest.mark.parametrize("more", ["&_fv=1&_ss=1", "&_fv=2", ""])
def test_the_repeat_of_a_returning_visitor_changes_nothing(more: str, secret: str | None) -> None:
    repeat = claim(hit(f"{REPEATED}{more}&_fplc=0", GA, cid=TEMPORARY), secret=secret)
    assert cookies_of(repeat) == {}
    assert event_of(repeat)["client_id"] == OLD, "what other tags get"
    assert event_of(repeat)["x-ga-js_client_id"] == TEMPORARY
    after = claim(hit(UPDATE, GA), secret=secret)
    assert event_of(after)["client_id"] == OLD
    assert event_of(claim(hit("&_fv=1", f"FPID={cookies_of(after)['FPID']}", cid="9.9")))["client_id"] == OLD


def test_the_repeat_of_a_new_visitor_has_the_identity_that_the_next_hit_gets() -> None:
    young = f"7.{NOW - 3}"
    repeat = claim(hit(f"{REPEATED}&_fv=1", f"_ga=GA1.1.{young}", cid=young))
    following = claim(hit(UPDATE, f"_ga=GA1.1.{young}", cid=young))
    assert cookies_of(repeat) == {}
    assert list(cookies_of(following)) == ["FPID"]
    assert event_of(repeat)["client_id"] == event_of(following)["client_id"]


def test_a_repeat_uses_and_refreshes_the_cookie_that_is_there() -> None:
    repeat = claim(hit(f"{REPEATED}&_fv=1", f"FPID={VECTOR}; {GA}", cid=TEMPORARY))
    assert event_of(repeat)["client_id"] == VECTOR_ID
    assert cookies_of(repeat) == {"FPID": VECTOR}


def test_a_link_makes_nobody_known_by_a_repeat() -> None:
    token = cookies_of(claim(hit("&_fplc=0", f"FPID={VECTOR}"), secret=SECRET))["FPLC"]
    repeat = claim(hit(f"{REPEATED}&_fplc={token}", cid=TEMPORARY), secret=SECRET)
    assert cookies_of(repeat) == {}
    assert event_of(repeat)["client_id"] == VECTOR_ID


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_in_a_batch_the_events_that_are_none_decide(order: tuple[int, int]) -> None:
    lines = [f"en=page_view&cid={TEMPORARY}&_fv=1&sst.gcut=1", f"en=scroll&cid={OLD}"]
    found = claim(hit(UPDATE, body="\r\n".join(lines[at] for at in order).encode()))
    assert {event["client_id"] for event in found.events} == {OLD}
    kept = read_fpid(cookies_of(found)["FPID"])
    assert kept is not None
    assert kept.client_id == OLD


def test_a_repeat_whose_consent_is_denied_is_left_alone() -> None:
    found = claim(hit("&gcs=G110&sst.gcut=1", f"FPID={VECTOR}; {GA}", cid=TEMPORARY))
    assert event_of(found)["client_id"] == TEMPORARY
    assert cookies_of(found) == {}


def first_visit(cookie: str | None, cid: str, **settings: Any) -> Claim:
    return claim(hit("&_fv=1&_ss=1", cookie, cid=cid), **settings)


@pytest.mark.parametrize(
    ("cookie", "cid", "identity"),
    [
        (GA, TEMPORARY, OLD),
        (GA, "77.88", OLD),
        (GA, "35009a79-1a05-49d7-b876-2b884d0f825b", OLD),
        (GA, OLD, OLD),
        (f"_ga=junk; {GA}", TEMPORARY, OLD),
        (f"_ga=GA1.2.{OLD}; _ga=GA1.1.3.4", TEMPORARY, OLD),
        (f"_ga=GA1.1.3.4; _ga=GA1.2.{OLD}", OLD, OLD),
        (f"_ga=GA1.3-2.{OLD}", TEMPORARY, OLD),
        (f"_ga=GA1.1.3.4; my_ga=GA1.1.{OLD}", OLD, OLD),
    ],
)
def test_a_first_visit_goes_by_what_the_browser_remembers(cookie: str, cid: str, identity: str) -> None:
    found = first_visit(cookie, cid)
    assert event_of(found)["client_id"] == identity
    assert event_of(found)["x-ga-js_client_id"] == cid
    assert event_of(claim(hit(cookie=f"FPID={cookies_of(found)['FPID']}", cid="9.9")))["client_id"] == identity


@pytest.mark.parametrize("cookie", [None, "_ga=junk", "_ga=", f"_gaa=GA1.1.{OLD}", f"my_ga=GA1.1.{OLD}", "_ga=GA1.1."])
def test_where_it_remembers_nobody_a_first_visit_is_one(cookie: str | None) -> None:
    found = first_visit(cookie, TEMPORARY)
    assert event_of(found)["client_id"] not in (OLD, TEMPORARY)
    assert event_of(found)["client_id"] == event_of(first_visit(None, TEMPORARY))["client_id"]


def test_who_does_not_migrate_is_still_one_and_the_same() -> None:
    one = first_visit(GA, TEMPORARY, migrate_from_js=False)
    two = claim(hit(cookie=GA), migrate_from_js=False)
    assert event_of(one)["client_id"] == event_of(two)["client_id"] != OLD


@pytest.mark.parametrize("more", ["", "&_fv=0", "&_fv="])
def test_a_hit_that_is_no_first_visit_goes_by_what_it_says(more: str) -> None:
    assert event_of(claim(hit(more, "_ga=GA1.1.3.4")))["client_id"] == OLD
