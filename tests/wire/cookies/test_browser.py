from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.context import Context, Shared
from core.fields import Template
from core.types import Request
from wire.cookies.browser import read, read_client_id, read_session
from wire.readers import READERS

GS2 = "GS2.1.s1764340309$o5$g1$t1764340315$j54$l0$h2122688280"
GS1 = "GS1.1.1764340309.5.1.1764340315.54.0.0"
FIELDS = {"s": "1764340309", "o": "5", "g": "1", "t": "1764340315", "j": "54", "l": "0"}


def request(cookies: str = "") -> Request:
    return Request("r", 0, "GET", "/", headers=(("cookie", cookies),))


@pytest.mark.parametrize(
    ("cookie", "fields"),
    [
        (GS2, {**FIELDS, "h": "2122688280"}),
        (GS2.replace("$", "%24"), {**FIELDS, "h": "2122688280"}),
        (GS1, {**FIELDS, "h": "0"}),
        ("GS1.1.1764340309.5.1.1764340315.54", {key: FIELDS[key] for key in "sogtj"}),
        ("GS1.1.1764340309.5.1.1764340315.54.0", FIELDS),
        ("GS2.3.o2$s7", {"o": "2", "s": "7"}),
        ("GS2.1.s7", {"s": "7"}),
        ("GS2.1.s7$$dA%2FB", {"s": "7", "d": "A/B"}),
        ("GS2.1.s7%24dA%252FB", {"s": "7", "d": "A/B"}),
    ],
)
def test_sessions(cookie: str, fields: dict[str, str]) -> None:
    assert read_session(cookie) == fields


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "GS1",
        "GS3.1.s7",
        "GS2.s7",
        "GS2.1.",
        "GS2.x.s7",
        "GS2.1.o5$g1",
        "GS2.1.s",
        "GS2.1.sx",
        "GS2.1.s٣",
        "GS2.1.s7$d1.5",
        "GS2.1.s" + "7" * 16,
        "GS1.1.7.5.1.9",
        "GS1.1.7.5.1.9.0.0.0.0",
        "GS1.1.x.5.1.9.0",
        GS2 + "$d" + "x" * 300,
    ],
)
def test_what_is_no_session(cookie: str) -> None:
    assert read_session(cookie) is None


@pytest.mark.parametrize(
    ("cookie", "client_id"),
    [
        ("GA1.1.1307714608.1760043792", "1307714608.1760043792"),
        ("GA1.3.1307714608.1760043792", "1307714608.1760043792"),
        ("GA1.2-2.1307714608.1760043792", "1307714608.1760043792"),
        ("GA1.1.amp-a%2Fb", "amp-a/b"),
        ("GA1.1.x", "x"),
        ("GA1.1.", None),
        ("GA1.1", None),
        ("GA2.1.1.2", None),
        ("GA1.x.1.2", None),
        ("GA1.1.1.2\n", None),
        ("1307714608.1760043792", None),
        ("", None),
        ("GA1.1." + "1" * 300, None),
    ],
)
def test_client_ids(cookie: str, client_id: str | None) -> None:
    assert read_client_id(cookie) == client_id


SESSIONS = "_ga=GA1.1.1.2; _ga_AAA=GS1.1.11.5.1.9.0; _ga_BBB=GS2.1.s22$o6; _ga_BBB=GS2.1.s33$o7"


@pytest.mark.parametrize(
    ("cookies", "event", "found"),
    [
        ("", {}, {}),
        ("_ga=GA1.1.1.2", {}, {"client_id": "1.2"}),
        ("_ga=junk; _ga=GA1.1.3.4; _ga=GA1.1.5.6", {}, {"client_id": "3.4"}),
        (SESSIONS, {"x-ga-measurement_id": "G-BBB"}, {"client_id": "1.2", "session_id": "22", "session_number": 6}),
        (SESSIONS, {"x-ga-measurement_id": "G-AAA"}, {"client_id": "1.2", "session_id": "11", "session_number": 5}),
        (SESSIONS, {"x-ga-measurement_id": "G-CCC"}, {"client_id": "1.2", "session_id": "11", "session_number": 5}),
        (SESSIONS, {}, {"client_id": "1.2", "session_id": "11", "session_number": 5}),
        ("_ga_BBB=junk; _ga_BBB=GS2.1.s33$o7", {"x-ga-measurement_id": "G-BBB"}, {"session_id": "33", "session_number": 7}),
        ("_ga_BBB=GS2.1.s33$ox", {}, {"session_id": "33"}),
        ("_ga_BBB=GS2.1.s33", {"x-ga-measurement_id": 5}, {"session_id": "33"}),
        (SESSIONS, {"x-ga-gcs": "G110"}, {}),
        (SESSIONS, {"x-ga-gcd": "13q3q3q3q5l1"}, {}),
        ("_ga=GA1.1.1.2", {"x-ga-gcs": "G1--"}, {"client_id": "1.2"}),
    ],
)
def test_what_expressions_read(cookies: str, event: dict[str, Any], found: dict[str, Any]) -> None:
    assert read(event, request(cookies)) == found


def test_expressions_read_it_for_any_client() -> None:
    context = Context(request(SESSIONS), "backend", {}, 0, Shared(readers=READERS))
    template = Template("{{ ga.client_id }}|{{ ga.session_id }}|{{ ga.session_number + 1 }}")
    assert template.evaluate(context.on({"x-ga-measurement_id": "G-BBB"})) == "1.2|22|7"


@settings(max_examples=300)
@given(st.text() | st.text("_ga=GS12.s$o%;5 ", max_size=60))
def test_no_cookie_makes_it_raise(text: str) -> None:
    read({"x-ga-measurement_id": text}, request(f"_ga={text}; _ga_A={text}; {text}"))
    read_session(text)
    read_session(f"GS2.1.s5${text}")


@pytest.mark.parametrize("id", ["undefined", "undefined.undefined", "null", "NaN.NaN", "%5Bobject%20Object%5D"])
def test_a_cookie_with_nobodys_id_names_nobody(id: str) -> None:
    assert read_client_id(f"GA1.1.{id}") is None
