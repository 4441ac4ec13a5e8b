"""Reading requests, and whole batches."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Event
from wire.limits import OversizedError
from wire.universal_analytics.decode import decode_hit, decode_hits, read_hits
from wire.universal_analytics.table import FALLBACK, PARAMETERS, UNREAD


def decode(*lines: str) -> list[Event]:
    hits = read_hits("v=1", "\n".join(lines).encode())
    assert hits is not None
    return decode_hits([{name: text for name, text in hit.items() if name != "v"} for hit in hits])


def test_the_documented_screen_view() -> None:
    hits = read_hits("v=1&tid=UA-1-1&cid=555&t=screenview&an=myApp&version=1.6.2&aid=com.foo.myapp&cd=home", b"")
    assert hits is not None
    assert decode_hits(hits) == [
        {
            "x-ga-protocol_version": "1",
            "x-ga-measurement_id": "UA-1-1",
            "client_id": "555",
            "event_name": "screen_view",
            "app_name": "myApp",
            "x-ga-mp1-version": "1.6.2",
            "app_id": "com.foo.myapp",
            "screen_name": "home",
        }
    ]


@pytest.mark.parametrize(
    ("query", "body", "hits"),
    [
        ("v=1&a=b", b"", [{"v": "1", "a": "b"}]),
        ("", b"v=1&a=b", [{"v": "1", "a": "b"}]),
        ("", b"v=1&a=%C3%A4+%ff", [{"v": "1", "a": "ä \ufffd"}]),
        ("v=1&a=b&c=d", b"a=x\r\n\r\na=y\n", [{"v": "1", "a": "x", "c": "d"}, {"v": "1", "a": "y", "c": "d"}]),
        ("", b"\n\nv=1\na=b", [{"v": "1"}, {"a": "b"}]),
        ("v=1", b"\r\n\n", [{"v": "1"}]),
        ("v=1&v=2&a=1&a=2", b"", [{"v": "1", "a": "1"}]),
        ("v=2", b"v=1", [{"v": "1"}]),
        ("v=1", b"v=2", [{"v": "2"}]),
    ],
)
def test_the_hits_of_a_request(query: str, body: bytes, hits: list[dict[str, str]]) -> None:
    assert read_hits(query, body) == hits


@pytest.mark.parametrize(("query", "body"), [("", b""), ("v=2", b""), ("", b"a=b\nv=1"), ("v=01", b"v"), ("", b'{"v": 1}')])
def test_a_request_of_another_version(query: str, body: bytes) -> None:
    assert read_hits(query, body) is None


def test_a_batch_has_at_most_twenty_hits() -> None:
    assert len(read_hits("v=1", b"t=pageview\n" * 20) or ()) == 20
    with pytest.raises(OversizedError, match="more than 20 hits: send them in batches of at most 20 lines"):
        read_hits("v=1", b"t=pageview\n" * 21)


@pytest.mark.parametrize(
    ("query", "body"), [("v=1" + "&a" * 1000, b""), ("v=1", b"=" + b"&" * 1000), ("v=1", b"a=\n=" + b"&" * 1000)]
)
def test_a_hit_has_at_most_a_thousand_parameters(query: str, body: bytes) -> None:
    with pytest.raises(OversizedError, match="more than 1000 parameters"):
        read_hits(query, body)


def test_an_item_goes_into_its_transaction_wherever_it_stands() -> None:
    events = decode(
        "t=item&ti=T1&ic=a",
        "t=transaction&ti=T1&tr=5&pr1id=p",
        "t=pageview&ti=T1",
        "t=transaction&ti=T2",
        "t=item&ti=T2&ic=c&iq=2",
        "t=item&ti=T1&ic=b",
    )
    assert events == [
        {
            "event_name": "purchase",
            "transaction_id": "T1",
            "value": 5,
            "x-ga-mp1-tr": "5",
            "items": [{"item_id": "p"}, {"item_id": "a"}, {"item_id": "b"}],
        },
        {"event_name": "page_view", "transaction_id": "T1"},
        {"event_name": "purchase", "transaction_id": "T2", "items": [{"item_id": "c", "quantity": 2}]},
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ("t=item&ti=T1&ic=a", "t=pageview"),
        ("t=item&ti=T1&ic=a", "t=transaction&ti=T2"),
        ("t=item&ti=T1&ic=a", "t=transaction"),
        ("t=item&ic=a", "t=transaction"),
        ("t=item&ic=a", "t=transaction&ti="),
        ("t=item&ic=a", "t=transaction&ti=T1"),
        ("t=item&ti=T1&tid=UA-1&ic=a", "t=transaction&ti=T1&tid=UA-2"),
    ],
)
def test_an_item_without_its_transaction_is_an_event(lines: tuple[str, ...]) -> None:
    events = decode(*lines)
    assert events[0]["event_name"] == "item"
    assert [event.get("items") for event in events] == [[{"item_id": "a"}], None]


def test_a_transaction_sent_to_two_properties_has_its_items_once_in_each() -> None:
    hits = [f"{hit}&tid={tid}" for hit in ("t=transaction&ti=T1", "t=item&ti=T1&ic=a") for tid in ("UA-1", "UA-2")]
    assert [(event["x-ga-measurement_id"], event["items"]) for event in decode(*hits)] == [
        ("UA-1", [{"item_id": "a"}]),
        ("UA-2", [{"item_id": "a"}]),
    ]


def test_of_two_transactions_with_the_same_id_the_first_has_the_items() -> None:
    first, second = decode("t=transaction&ti=T1", "t=transaction&ti=T1", "t=item&ti=T1&ic=a")
    assert (first["items"], "items" in second) == ([{"item_id": "a"}], False)


def test_what_an_item_says_besides_is_added_where_the_transaction_is_silent() -> None:
    assert decode("t=transaction&ti=T1&ta=Shop", "t=item&ti=T1&cu=EUR&ta=Other&cd1=x") == [
        {"event_name": "purchase", "transaction_id": "T1", "affiliation": "Shop", "currency": "EUR", "x-ga-mp1-cd1": "x"}
    ]


def test_an_item_brings_no_address_past_the_mask_of_its_transaction() -> None:
    assert decode("t=transaction&ti=T1&aip&uip=unknown", "t=item&ti=T1&uip=192.0.2.7") == [
        {"event_name": "purchase", "transaction_id": "T1"}
    ]


NAMED = {row.name for row in PARAMETERS}
ITEM_NAMES = st.from_regex(r"(pr|promo|il[12]pi|il)[1-3](id|nm|ca|pr|ps|cd1|cm2|zz)?", fullmatch=True)
NAMES = (
    st.sampled_from([*sorted(NAMED), "z", "aip", "in", "ip", "iq", "ic", "iv", "cd1", "cs"]) | ITEM_NAMES | st.text(max_size=5)
)
TEXTS = st.sampled_from(["1", "2.5", "NaN", "a/b", "", "192.0.2.1"]) | st.text(max_size=8)
TYPES = st.sampled_from(["pageview", "event", "item", "transaction", "timing", "?"])


@settings(max_examples=300)
@given(st.dictionaries(NAMES, TEXTS, max_size=12), TYPES)
def test_every_parameter_is_found_in_the_event(hit: dict[str, str], type: str) -> None:
    event = decode_hit({**hit, "t": type})
    found = set(_texts(event))
    for name, text in hit.items():
        dropped = name in UNREAD or (name == "uip" and "aip" in hit)
        assert dropped or name == "exf" or found >= {text} or _number(text) in found or found >= set(text.split("/", 4)), name


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _texts(value: Any) -> Any:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
    else:
        yield value


@settings(max_examples=200)
@given(st.lists(st.dictionaries(NAMES, TEXTS, max_size=8), max_size=4), TYPES)
def test_the_order_of_the_parameters_makes_no_difference(hits: list[dict[str, str]], type: str) -> None:
    typed = [{**hit, "t": type} for hit in hits]
    assert decode_hits(typed) == decode_hits([dict(reversed(hit.items())) for hit in typed])


@settings(max_examples=200)
@given(st.dictionaries(st.text(max_size=5).filter(lambda name: name not in NAMED | UNREAD), TEXTS, max_size=6))
def test_names_nobody_knows_are_kept_under_their_names(hit: dict[str, str]) -> None:
    assert decode_hit(hit).items() >= {FALLBACK + name: text for name, text in hit.items()}.items()


@settings(max_examples=300)
@given(st.text(max_size=60), st.binary(max_size=100))
def test_no_bytes_make_it_raise(query: str, body: bytes) -> None:
    hits = read_hits(f"v=1&{query}", body)
    assert hits is not None
    decode_hits(hits)


@pytest.mark.parametrize(
    "junk",
    [
        "ev=" + "9" * 5000,
        "pr" + "9" * 5000 + "id=x",
        "pr1cd" + "1" * 5000 + "=x",
        "pr1ca=" + "/" * 100_000,
        "t=event&ea=" + "-" * 100_000,
        "aip&uip=" + ":" * 100_000,
        "t=event&ea=\ud800",
        "ev=٣",
        "%00=%00",
        "=x",
    ],
)
def test_hostile_texts_are_read(junk: str) -> None:
    assert len(decode_hits(read_hits(f"v=1&{junk}", b"") or [])) == 1
