"""What nobody changes of a hit leaves as it came, to the byte; what somebody changes leaves as it is now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Event
from tests.hits import captured
from wire.ga4 import readings
from wire.ga4.decode import Decoded, decode_hit
from wire.ga4.encode import encode, encode_alone
from wire.ga4.hits import stored
from wire.ga4.table import HINTS, PARAMETERS, SYSTEM
from wire.ga4.written import NOTHING_WRITTEN

START = "v=2&tid=G-1&cid=1.2&en=sign_up"
ORIGIN = "https://www.google-analytics.com"


def alone(decoded: Decoded) -> list[Any]:
    return encode_alone(decoded.events[0], decoded.written[0])


def in_parts(event: Event, decoded: Decoded) -> set[Any]:
    return {piece for place in encode(event, decoded.written[0]) for piece in place.values()}


def untouched(decoded: Decoded) -> set[str]:
    """What leaves of an event that no transformation has made another of."""
    parts = stored(decoded.events[0], decoded.written[0], ORIGIN, {}, untouched=True)
    return set("&".join(str(part) for part in parts if part).split("&"))


def leaves(piece: str) -> bool:
    """Whether a piece of a captured hit is none of those that never leave."""
    return not piece.startswith(("sst.", "richsstsse", "_fplc=", "ep.user_data", "epn.user_data"))


@pytest.mark.parametrize("hit", captured.hits(), ids=lambda hit: hit["scenario"])
def test_every_piece_of_a_captured_hit_leaves_as_it_came(hit: Any) -> None:
    url, lines = hit["url"].partition("?")[2], [line for line in hit["body"].split("\r\n") if line]
    decoded = decode_hit(url, hit["body"].encode())
    assert len(decoded.events) == max(1, len(lines))
    for event, written, line in zip(decoded.events, decoded.written, lines or [""], strict=True):
        own = {piece.partition("=")[0]: piece for piece in line.split("&") if piece}
        came = {**{piece.partition("=")[0]: piece for piece in url.split("&")}, **own}
        sent = {piece for place in encode(event, written) for piece in place.values()}
        assert sent == {piece for piece in came.values() if leaves(piece)}
        if written.alone:
            assert set(encode_alone(event, written)) == sent


@pytest.mark.parametrize(
    "piece",
    [
        "dt=a%7eb",
        "dt=a~b",
        "dt=%41",
        "ep.x=a:b/c?d",
        "epn.x=5.0",
        "epn.x=-0",
        "epn.x=1e2",
        "ep.flag",
        "_ee",
        "pr1=idA~nm%7E%7E",
        "ur=",
    ],
)
def test_a_spelling_that_is_not_ours_stays(piece: str) -> None:
    decoded = decode_hit(f"{START}&{piece}", b"")
    assert piece in alone(decoded)
    assert piece in in_parts(decoded.events[0], decoded)


@pytest.mark.parametrize(
    ("piece", "sent"),
    [
        ("dt=100%", "dt=100%25"),
        ("dt=%FF", "dt=%EF%BF%BD"),
        ("dt=a+b", "dt=a%20b"),
        ('dt="a"', "dt=%22a%22"),
        ("dt=a b", "dt=a%20b"),
        ("dt=Köln", "dt=K%C3%B6ln"),
        ("dt=a#b", "dt=a%23b"),
        ("%64t=a", "dt=a"),
        ("dt=a&dt=b", "dt=a"),
        ("_uip=::&_uip=1.2.3.4", None),
    ],
)
def test_what_could_be_read_in_another_way_is_written_anew(piece: str, sent: str | None) -> None:
    decoded = decode_hit(f"{START}&{piece}", b"")
    left = "&".join(filter(None, map(str, stored(decoded.events[0], decoded.written[0], ORIGIN, {}))))
    both = {whole for place in encode(decoded.events[0], decoded.written[0]) for whole in place.values()}
    assert set(left.split("&")) == both == {*START.split("&"), *([sent] if sent else [])}


def test_a_line_that_may_not_leave_as_it_is_takes_nothing_from_the_url() -> None:
    decoded = decode_hit("v=2&tid=G-1&cid=1.2&dt=%61", b"en=a&dt=b c\r\nen=b")
    first, second = (dict(encode(event, each).hoistable) for event, each in zip(decoded.events, decoded.written, strict=True))
    assert first == {"dt": "dt=b%20c"}
    assert second == {"dt": "dt=%61"}


HIT = (
    f"{START}&uamb=0&uam=Pixel&_ee=1&_ss=1&dt=%7e&epn.value=5.0&ep.note=%7e&up.plan=%7e&upn.age=30.0"
    "&pr1=idA~pr2.0&pr2=idB&_eu=EAAAAAQ&frm=0&ur=DE-BY"
)


def _shift(items: list[dict[str, Any]]) -> None:
    items.reverse()


CHANGES: list[tuple[Callable[[Event], object], str]] = [
    (lambda event: event.update(page_title="new"), "dt=new"),
    (lambda event: event.update(value=6), "epn.value=6"),
    (lambda event: event.update(value=True), "ep.value=true"),
    (lambda event: event.update(note="new"), "ep.note=new"),
    (lambda event: event[HINTS].update(model="new"), "uam=new"),
    (lambda event: event[HINTS].update(mobile=True), "uamb=1"),
    (lambda event: event[SYSTEM].update(ss="new"), "_ss=new"),
    (lambda event: event[SYSTEM].update(other="new"), "_other=new"),
    (lambda event: event["x-ga-mp2-user_properties"].update(plan="new"), "up.plan=new"),
    (lambda event: event["x-ga-mp2-user_properties"].update(age=31), "upn.age=31"),
    (lambda event: event["items"][0].update(item_id="new"), "pr1=idnew~pr2"),
    (lambda event: event["items"][0].update(note="new"), "pr1=idA~pr2~k0note~v0new"),
    (lambda event: _shift(event["items"]), "pr1=idB"),
    (lambda event: event.update({"x-ga-mp2-frm": "new"}), "frm=new"),
    (lambda event: event.update({"x-ga-mp2-new": "new"}), "new=new"),
    (lambda event: event.update(client_hints={"model": "new"}), "uam=new"),
    (lambda event: event.update(client_hints="text"), "ep.client_hints=text"),
    (lambda event: event.update(campaign={"source": "new"}), "cs=new"),
    (lambda event: event["items"][0].update(item_name=event["items"][0].pop("item_id")), "pr1=pr2~nmA"),
    (lambda event: event["items"].append({"item_id": "new"}), "pr3=idnew"),
    (lambda event: event["event_location"].pop("region"), "ur=DE"),
]


@pytest.mark.parametrize(("change", "sent"), CHANGES)
def test_what_is_changed_leaves_as_it_is_now_even_in_place(change: Callable[[Event], object], sent: str) -> None:
    decoded = decode_hit(HIT, b"")
    change(decoded.events[0])
    assert sent in alone(decoded)
    assert set(alone(decoded)) == in_parts(decoded.events[0], decoded) == untouched(decoded)
    name = sent.partition("=")[0]
    assert sum(piece.partition("=")[0] == name for piece in alone(decoded)) == 1


@pytest.mark.parametrize(
    "key", ["page_title", "value", "note", HINTS, SYSTEM, "x-ga-mp2-user_properties", "items", "x-ga-mp2-frm"]
)
def test_what_is_taken_out_does_not_leave(key: str) -> None:
    decoded = decode_hit(HIT, b"")
    whole = set(alone(decoded))
    event = {name: value for name, value in decoded.events[0].items() if name != key}
    left = set(encode_alone(event, decoded.written[0]))
    assert left < whole
    assert left == in_parts(event, decoded)


names = st.sampled_from([row.name for row in PARAMETERS if row.name not in ("v", "richsstsse")]) | st.sampled_from(
    [
        "ep.x",
        "epn.x",
        "ep.y",
        "up.x",
        "upn.x",
        "pr1",
        "pr2",
        "frm",
        "gap.x",
        "epn.items",
        "ep.items",
        "epn.user_properties",
        "amp;x",
        "sst.x",
        "_new",
        "ep.currency",
        "ep.user_data.email",
    ]
)
spelled = st.sampled_from(
    ["", "0", "1", "5.0", "1e2", "a", "a~b", "%7E", "%7e", "a%20b", "%", "%FF", "G-1", "NaN", "1.2.3.4", "a%3B8"]
)
hits = st.lists(st.tuples(names, spelled), max_size=12).map(lambda pairs: "&".join(f"{name}={text}" for name, text in pairs))


@settings(max_examples=500)
@given(hits, st.lists(st.sampled_from(["x", "page_title", "client_id", "x-ga-mp2-frm", "x-ga-mp2-cid", "items"]), max_size=2))
def test_alone_it_leaves_as_in_parts_and_says_what_it_would_say_written_anew(hit: str, changed: list[str]) -> None:
    decoded = decode_hit(f"{START}&{hit}", b"")
    event = {**decoded.events[0], **dict.fromkeys(changed, "new")}
    pieces = encode_alone(event, decoded.written[0])
    assert sorted(map(str, pieces)) == sorted(map(str, in_parts(event, decoded)))
    anew = "&".join(str(piece) for place in encode(event, NOTHING_WRITTEN) for piece in place.values())
    assert decode_hit("&".join(map(str, pieces)), b"").events == decode_hit(anew, b"").events


def test_pieces_are_remembered_within_bounds() -> None:
    for number in range(10_000):
        decode_hit(f"{START}&ep.x=1&_p={number}", b"")
    assert len(readings.READINGS) <= readings.MOST


@pytest.mark.parametrize("piece", ["_p=abc", "_uip=nobody", "ur=BR-SP", f"dt={'a' * readings.LONGEST}", "ep.user_data.email=x"])
def test_what_is_odd_or_long_or_personal_or_a_new_object_each_time_is_not_remembered(piece: str) -> None:
    decode_hit(f"{START}&{piece}", b"")
    assert piece not in readings.READINGS


@settings(max_examples=300)
@given(hits)
def test_a_remembered_piece_says_what_it_said_before(hit: str) -> None:
    readings.READINGS.clear()
    first, again = decode_hit(f"{START}&{hit}", b""), decode_hit(f"{START}&{hit}", b"")
    assert (again.events, again.findings) == (first.events, first.findings)
    assert alone(again) == alone(first)


def test_an_object_that_was_changed_in_place_leaves_as_it_is_now() -> None:
    decoded = decode_hit(f"{START}&uap=Linux&uam=", b"")
    decoded.events[0][HINTS]["platform"] = "macOS"
    assert {"uap=macOS", "uam="} < set(alone(decoded))


def test_of_a_hit_in_server_mode_every_piece_leaves_but_what_is_for_the_server() -> None:
    decoded = decode_hit(f"{START}&sst.navt=n&_fplc=0&up.plan=a&pr1=idA&richsstsse", b"")
    pieces = decoded.written[0].whole(decoded.events[0])
    assert pieces is not None
    assert {"v=2", *pieces} == {*START.split("&"), "up.plan=a", "pr1=idA"}
