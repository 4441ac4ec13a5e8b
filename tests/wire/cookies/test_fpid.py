from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.cookies.fpid import Fpid, is_young, migrated, new_fpid, read_fpid, seconds_of
from wire.ga4.query import escape

COUNTING = bytes(range(32))
NOW = 1_764_340_311
OLD, YOUNG = f"1307714608.{NOW - 4_000_000}", f"1307714608.{NOW - 59}"
ENTROPY = bytes(range(100, 132))


def test_a_known_encoding() -> None:
    cookie = "FPID2.1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8%3D.1760043792"
    fpid = read_fpid(cookie)
    assert fpid == Fpid(COUNTING, 1760043792)
    assert fpid.client_id == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=.1760043792"
    assert escape(fpid.text) == cookie


@settings(max_examples=200)
@given(st.binary(min_size=32, max_size=32), st.integers(0, 10**15 - 1), st.integers(0, 999))
def test_round_trip(value: bytes, seconds: int, level: int) -> None:
    fpid = Fpid(value, seconds, level)
    read = read_fpid(escape(fpid.text))
    assert read == fpid
    assert read.level == level
    assert read_fpid(fpid.text) == fpid


THIRD = b64encode(COUNTING).decode()


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "FPID2",
        f"FPID1.1.{THIRD}.1",
        f"fpid2.1.{THIRD}.1",
        f"FPID2.1.{THIRD}",
        f"FPID2.1.{THIRD}.1.2",
        f"FPID2..{THIRD}.1",
        f"FPID2.x.{THIRD}.1",
        f"FPID2.1000.{THIRD}.1",
        f"FPID2.1.{THIRD}.",
        f"FPID2.1.{THIRD}.-1",
        f"FPID2.1.{THIRD}.1\n",
        f"FPID2.1.{THIRD}.١",
        f"FPID2.1.{THIRD}.{'9' * 16}",
        "FPID2.1..1",
        f"FPID2.1.{THIRD[:-1]}.1",
        f"FPID2.1.{THIRD[4:]}.1",
        f"FPID2.1.{THIRD[:-1]}AAAA=.1",
        f"FPID2.1.{THIRD[:10]} {THIRD[11:]}.1",
        f"FPID2.1.{THIRD[:10]}é{THIRD[11:]}.1",
        f"FPID2.1.%0d%0a{THIRD}.1",
        f"FPID2.1.{THIRD.replace('=', '%')}.1",
        "FPID2.1." + "A" * 5000 + ".1",
        "GA1.1.1307714608.1760043792",
    ],
)
def test_a_bad_cookie_is_none(cookie: str) -> None:
    assert read_fpid(cookie) is None


@pytest.mark.parametrize(
    ("client_id", "kept"),
    [
        (OLD, True),
        (YOUNG, True),
        ("0.0", True),
        ("4294967295.5", True),
        ("4294967296.5", False),
        ("01.5", False),
        ("1.05", False),
        ("1", False),
        ("1.2.3", False),
        ("amp-x7.5", False),
        ("1." + "9" * 5000, False),
        ("٣.5", False),
        ("", False),
    ],
)
def test_which_client_ids_a_cookie_can_carry_on(client_id: str, kept: bool) -> None:
    fpid = migrated(client_id, ENTROPY)
    assert (fpid is not None) == kept
    if fpid is not None:
        assert fpid.client_id == client_id
        again = read_fpid(escape(fpid.text))
        assert again == fpid
        assert again.client_id == client_id


@pytest.mark.parametrize(
    ("client_id", "young"),
    [(OLD, False), (YOUNG, True), (f"1.{NOW - 60}", False), (f"1.{NOW + 90}", True), ("555", False), ("", False)],
)
def test_which_client_ids_are_young(client_id: str, young: bool) -> None:
    assert is_young(client_id, NOW) == young


def test_a_new_visitors_bytes() -> None:
    fpid = new_fpid(ENTROPY, NOW)
    assert fpid == Fpid(ENTROPY[:8] + b"\0" + ENTROPY[8:31], NOW)
    assert fpid.client_id == f"{b64encode(fpid.value).decode()}.{NOW}"


def test_a_migrated_visitors_bytes() -> None:
    fpid = migrated("1307714608.1760043792", ENTROPY)
    assert fpid == Fpid((1307714608).to_bytes(4) + (1760043792).to_bytes(4) + b"\1" + ENTROPY[:23], 1760043792)


@pytest.mark.parametrize(
    ("client_id", "seconds"),
    [
        (YOUNG, NOW - 59),
        ("amp-x7.5", 5),
        ("a.b.007", 7),
        ("555", 0),
        ("5.x", 0),
        ("5.", 0),
        ("5." + "9" * 5000, 0),
        ("35009a79-1a05-49d7-b876-2b884d0f825b", 0),
    ],
)
def test_the_time_is_the_client_ids_where_it_has_one(client_id: str, seconds: int) -> None:
    assert seconds_of(client_id) == seconds


def test_another_servers_bytes_are_no_client_id_from_before() -> None:
    assert Fpid(b"\0" * 8 + b"\1" * 24, 5).client_id == f"{b64encode(bytes(8) + bytes([1]) * 24).decode()}.5"


@settings(max_examples=300)
@given(st.text() | st.text("FPID2.1%=A", max_size=80))
def test_no_cookie_makes_it_raise(cookie: str) -> None:
    read_fpid(cookie)
    migrated(cookie, ENTROPY)
    is_young(cookie, NOW)
