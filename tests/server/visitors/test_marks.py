"""Marks of browsers: signed, for a while, and nobody's who was not given one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Headers, Request
from server.visitors.marks import Mark, Marks, is_browser, may_be_marked, preview_of

NOW = 1_764_340_311
MARKS = Marks("the installation's secret")
MARK = Mark("0123456789ab", NOW + 3600)
TEXT = MARKS.signed(MARK)
PREVIEW = "ZW52LTd8S3FMdWxMMUE2TUFmT3RlRlhpQkJsQXwxOWRiYjllNGM3MjYxNTQ4OTEwODg="


def request(*headers: tuple[str, str], at: int = NOW) -> Request:
    return Request("r1", at * 1_000_000, "POST", "/g/collect", headers=headers)


def names(*headers: tuple[str, str], at: int = NOW) -> list[str]:
    return [mark.browser for mark in MARKS.of(request(*headers, at=at))]


def test_a_mark_is_read_by_whoever_has_the_secret() -> None:
    assert Marks("the installation's secret").read(TEXT, NOW) == MARK
    assert Marks("another").read(TEXT, NOW) is None
    assert Marks().read(Marks().signed(MARK), NOW) is None, "without a secret nobody can know what it is signed by"
    assert Marks("").read(Marks("").signed(MARK), NOW) is None


def test_it_is_over_when_its_time_is() -> None:
    assert MARKS.read(TEXT, MARK.until - 1) == MARK
    assert MARKS.read(TEXT, MARK.until) is None


@pytest.mark.parametrize("at", range(len(TEXT)))
def test_no_character_of_it_may_be_another(at: int) -> None:
    changed = TEXT[:at] + ("1" if TEXT[at] != "1" else "2") + TEXT[at + 1 :]
    assert MARKS.read(changed, NOW) is None


@given(st.text() | st.from_regex(re.compile(r"[0-9a-f]{12}\.[0-9]{10}\.[0-9a-f]{32}"), fullmatch=True))
def test_no_other_text_is_one(text: str) -> None:
    assert MARKS.read(text, NOW) is None


@pytest.mark.parametrize(
    "text", ["", TEXT.upper(), f"{TEXT}\n", f" {TEXT}", TEXT.replace("1", "١"), f"{TEXT}.{TEXT}", TEXT.rpartition(".")[0]]
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert MARKS.read(text, NOW) is None


def test_a_request_is_of_the_browser_whose_cookie_it_has() -> None:
    assert names(("cookie", f"_ga=GA1.1.2.3; tagyard_debug={TEXT}; x=y")) == [MARK.browser]
    assert names(("cookie", f"tagyard_debug={TEXT}"), at=MARK.until) == []
    assert names(("cookie", f"not_tagyard_debug={TEXT}; tagyard_debug2={TEXT}")) == []


def test_cookies_that_others_have_left_hide_no_mark() -> None:
    left = "; ".join(f"tagyard_debug={value}" for value in ("", "x" * 5000, "\x00", "=;="))
    assert names(("cookie", f"{left}; tagyard_debug={TEXT}")) == [MARK.browser]
    assert names(("cookie", left), ("cookie", f"tagyard_debug={TEXT}; tagyard_debug={TEXT}")) == [MARK.browser]


def test_of_thousands_of_cookies_of_the_name_only_the_first_are_looked_at() -> None:
    assert names(("cookie", "; ".join([f"tagyard_debug={TEXT[:-1]}0"] * 5000 + [f"tagyard_debug={TEXT}"]))) == []


def test_a_preview_is_a_browser_by_its_whole_value_which_is_not_told() -> None:
    (name,) = names(("x-gtm-server-preview", PREVIEW))
    assert name == preview_of(PREVIEW) != preview_of(PREVIEW[:-1])
    assert is_browser(name)
    assert PREVIEW[:6] not in name


@pytest.mark.parametrize("value", ["", "x", "a b c d e f g h", "ZW52LTd8\n", "<script>", "Z" * 1025, "é" * 20, "=" * 12])
def test_what_no_preview_sends_is_none(value: str) -> None:
    assert preview_of(value) is None
    assert names(("x-gtm-server-preview", value)) == []


def test_a_request_may_be_of_a_marked_browser_that_is_previewed() -> None:
    headers: Headers = (("x-gtm-server-preview", PREVIEW), ("cookie", f"tagyard_debug={TEXT}"))
    assert names(*headers) == [MARK.browser, preview_of(PREVIEW)]
    assert may_be_marked(headers)
    assert not may_be_marked((("cookie", "_ga=GA1.1.2.3"), ("user-agent", "tagyard_debug")))


@pytest.mark.parametrize("text", ["", "0123456789a", "0123456789AB", "preview-", "preview-0123456789ab ", "../0123456789ab"])
def test_a_name_that_no_browser_has_is_none(text: str) -> None:
    assert not is_browser(text)
