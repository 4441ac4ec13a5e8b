from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Event, Finding
from tests.budget.machine import takes_less
from wire.cookies.ids import Id, IdKind, client_id_in, id_in, is_plain, session_in, settle
from wire.nobody import is_nobodys

JO = sha256(b"jo@example.com").hexdigest()
FPID = "FPID2.3.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8%3D.1760043792"


@pytest.mark.parametrize(
    "text",
    [
        "1307714608.1760043792",
        "555",
        "35009a79-1a05-49d7-b876-2b884d0f825b",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=.1760043792",
        "GA1",
        "GA1.1.",
        "FPID2.1.x.1",
        "amp-5_K",
        "@home",
        "50%",
        "jo@home",
        "",
    ],
)
def test_an_id_is_itself(text: str) -> None:
    assert client_id_in(text) == Id(text)


@pytest.mark.parametrize(
    ("cookie", "id"),
    [
        ("GA1.1.1307714608.1760043792", "1307714608.1760043792"),
        ("GA1.2-2.1307714608.1760043792", "1307714608.1760043792"),
        ("GA1.3.35009a79-1a05-49d7", "35009a79-1a05-49d7"),
        ("_ga=GA1.1.5.6", "5.6"),
        (FPID, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=.1760043792"),
        (f"FPID={FPID}", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=.1760043792"),
    ],
)
def test_of_a_whole_cookie_the_client_id_is_taken_out(cookie: str, id: str) -> None:
    assert client_id_in(cookie) == Id(id, IdKind.COOKIE)


@pytest.mark.parametrize(
    "text",
    ["jo@example.com", "Jo@Example.COM", " jo@example.com ", "jo%40example.com", "jo%2540example.com", "mailto:jo@example.com"],
)
def test_one_address_has_one_hash_however_it_is_written(text: str) -> None:
    assert client_id_in(text) == id_in(text) == Id(JO, IdKind.EMAIL)


@pytest.mark.parametrize("text", ["GA1.1.jo@example.com", "user:jo@example.com", "jö@exämple.de", "a" * 2000 + "@example.com"])
def test_no_text_with_an_address_in_it_stays(text: str) -> None:
    found = client_id_in(text)
    assert found.kind is IdKind.EMAIL
    assert "@" not in found.text


@pytest.mark.parametrize(
    ("text", "id", "number"),
    [
        ("s1748934661$o208$g1$t1748935291$j60$l0$h0", "1748934661", "208"),
        ("s1748934661%24o208%24g1", "1748934661", "208"),
        ("GS2.1.s1748934661$o208$g1$t1748935291$j60$l0$h0", "1748934661", "208"),
        ("GS1.1.1764340309.5.1.1764340315.54.0.0", "1764340309", "5"),
        ("1764340309.5.1.1764340315.54.0.0", "1764340309", "5"),
        ("_ga_ABC1234567=GS2.1.s1748934661$o208", "1748934661", "208"),
    ],
)
def test_of_a_whole_cookie_the_session_is_taken_out(text: str, id: str, number: str) -> None:
    session = session_in(text)
    assert session is not None
    assert (session["s"], session["o"]) == (id, number)


@pytest.mark.parametrize("text", ["", "1748934661", "s1748934661", "session$1", "s$o5", "a.b.c.d.e", "GS3.1.1.2", "_ga_", "1.2"])
def test_what_is_no_session_cookie(text: str) -> None:
    assert session_in(text) is None


@pytest.mark.parametrize(
    "text", ["undefined", "null", "NaN", "None", "NaN.NaN", "undefined.undefined", "[object Object]", "(not set)"]
)
def test_what_stands_for_no_value_is_nobodys(text: str) -> None:
    assert is_nobodys(text)
    event: Event = {"client_id": text, "user_id": text}
    assert [(finding.field_path, finding.code) for finding in settle([event])] == [("cid", "NO_ID"), ("uid", "NO_ID")]
    assert event == {"client_id": text, "user_id": text}


@pytest.mark.parametrize("text", ["", ".", "1.2", "undefined1", "undefined.1", "nullable", "Undefined", "user-undefined", "N.1"])
def test_every_other_id_is_somebodys(text: str) -> None:
    assert not is_nobodys(text)
    assert settle([{"client_id": text}]) == ()


def test_the_ids_of_hits_are_put_right_and_told_once() -> None:
    events: list[Event] = [{"client_id": "jo@example.com", "user_id": "Jo@example.com"}, {"client_id": "jo@example.com"}, {}]
    found = settle(events)
    assert events == [{"client_id": JO, "user_id": JO}, {"client_id": JO}, {}]
    assert [(finding.field_path, finding.code) for finding in found] == [("cid", "EMAIL_AS_ID"), ("uid", "EMAIL_AS_ID")]
    assert settle([{"client_id": "GA1.1.5.6"}]) == (
        Finding("cid", "cid is a whole cookie; the id in it is used.", "COOKIE_AS_ID"),
    )
    assert settle([{"client_id": "1.2", "user_id": 5}]) == ()


@given(st.text())
def test_whatever_the_text_there_is_an_id(text: str) -> None:
    assert isinstance(client_id_in(text).text, str)
    if is_plain(text):
        assert client_id_in(text) == id_in(text) == Id(text)
    session_in(text)


@pytest.mark.parametrize("text", ["%40" * 300_000, "%25" * 300_000, "@" * 900_000, "GS2.1.s1" + "$" * 900_000, "." * 900_000])
def test_a_hostile_megabyte_takes_no_time_worth_having(text: str) -> None:
    assert takes_less(lambda: (client_id_in(text), session_in(text)), 0.5)
