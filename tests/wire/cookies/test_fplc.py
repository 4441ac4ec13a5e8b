from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.cookies.fpid import Fpid
from wire.cookies.fplc import Opened, Seal

HOUR = 3600
NOW = 490_000 * HOUR + 17
SEAL = Seal(bytes(32), bytes(range(32)))
FPID = Fpid(bytes(range(32)), 1760043792, 3)
TOKEN = SEAL.seal(FPID, NOW)


def test_a_token_is_96_characters_that_need_no_encoding() -> None:
    assert len(TOKEN) == 96
    assert TOKEN.replace("-", "").replace("_", "").isalnum()


def test_it_hides_the_visitor() -> None:
    assert "1760043792" not in TOKEN
    assert FPID.text.split(".")[2][:20] not in TOKEN


@settings(max_examples=100)
@given(st.binary(min_size=32, max_size=32), st.integers(0, 10**15 - 1))
def test_what_is_sealed_is_opened(value: bytes, seconds: int) -> None:
    assert SEAL.open(SEAL.seal(Fpid(value, seconds), NOW), NOW) == Opened(Fpid(value, seconds), 0)


def test_it_changes_with_the_hour_and_the_visitor_and_with_nothing_else() -> None:
    assert SEAL.seal(FPID, NOW + HOUR - 18) == TOKEN
    assert SEAL.seal(FPID, NOW + HOUR - 17) != TOKEN
    assert SEAL.seal(Fpid(FPID.value, 5), NOW) != TOKEN
    assert SEAL.seal(Fpid(bytes(32), FPID.seconds), NOW) != TOKEN


@pytest.mark.parametrize(("later", "hours"), [(-1, -1), (0, 0), (1, 1), (19, 19)])
def test_it_is_good_for_some_hours(later: int, hours: int) -> None:
    assert SEAL.open(TOKEN, NOW + later * HOUR) == Opened(FPID, hours)


@pytest.mark.parametrize("later", [-2, 20, 21, 10_000])
def test_then_it_is_stale(later: int) -> None:
    assert SEAL.open(TOKEN, NOW + later * HOUR) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "0",
        "1",
        TOKEN[:-1],
        TOKEN + "A",
        TOKEN[:-4],
        "A" * 96,
        " " * 96,
        "é" * 96,
        TOKEN[:50] + "\n" + TOKEN[51:],
        "=" * 96,
        "A" * 9999,
    ],
)
def test_what_is_no_token(token: str) -> None:
    assert SEAL.open(token, NOW) is None


def test_every_changed_character_breaks_it() -> None:
    for at, character in enumerate(TOKEN):
        assert SEAL.open(TOKEN[:at] + ("A" if character != "A" else "B") + TOKEN[at + 1 :], NOW) is None


def test_only_the_same_key_opens_it() -> None:
    assert Seal(bytes(31) + b"\1", bytes(range(32))).open(TOKEN, NOW) is None


@settings(max_examples=200)
@given(st.text(max_size=100) | st.text("aZ0-_+/=", min_size=96, max_size=96))
def test_no_text_makes_it_raise(token: str) -> None:
    assert SEAL.open(token, NOW) is None


def test_what_another_key_of_ours_has_sealed_is_opened_and_known_as_not_current() -> None:
    new = Seal(bytes(range(32, 64)), bytes(32), [bytes(31) + b"x", bytes(32)])
    assert new.open(TOKEN, NOW) == Opened(FPID, 0, is_current=False)
    assert new.open(TOKEN, NOW + 20 * HOUR) is None
    assert new.open(new.seal(FPID, NOW), NOW) == Opened(FPID, 0)
    assert SEAL.open(new.seal(FPID, NOW), NOW) is None
    assert new.open("A" * 96, NOW) is None


def test_the_key_that_seals_now_is_tried_first_and_others_only_after_it() -> None:
    class Never:
        def decrypt(self, *_: object) -> bytes:
            raise AssertionError("not asked")

    seal = Seal(bytes(32), bytes(range(32)))
    seal._others = (Never(),)  # type: ignore[assignment]  # it is played
    assert seal.open(TOKEN, NOW) == Opened(FPID, 0)
