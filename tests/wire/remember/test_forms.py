"""The cookies of platforms as texts: what is written is read again, and junk is nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.documentation import ROOT
from wire.cookies.header import is_cookie_name, is_cookie_value
from wire.remember.forms import DATED, FBC, FBP, GCL_OF_A_PAGE, GCL_OF_A_SERVER, PLAIN, UET, Form, Moment
from wire.remember.table import TABLE, Kept

FORMS = [PLAIN, FBC, FBP, GCL_OF_A_PAGE, GCL_OF_A_SERVER, UET, DATED]
moments = st.builds(Moment, st.integers(10**15, 10**16), st.integers(1, 5))
ids = st.text("abcXYZ0189_-", min_size=1, max_size=64)


@pytest.mark.parametrize("form", [FBC, GCL_OF_A_PAGE, GCL_OF_A_SERVER, UET, DATED, PLAIN])
@given(id=ids, moment=moments)
def test_an_id_is_read_as_it_was_written(form: Form, id: str, moment: Moment) -> None:
    written = form.write(id, moment)
    assert is_cookie_value(written)
    assert form.read(written) == id
    assert form.is_of(written, id)
    assert not form.is_of(written, f"{id}x")


@given(id=st.from_regex(r"[A-Za-z0-9_.-]{1,80}", fullmatch=True), moment=moments)
def test_of_a_click_with_dots_nobody_can_tell_the_tail_and_it_is_the_same_click_all_the_same(id: str, moment: Moment) -> None:
    assert FBC.is_of(FBC.write(id, moment), id)


@pytest.mark.parametrize(
    ("form", "value", "id"),
    [
        (FBC, "fb.1.1700000000000.IwAR1", "IwAR1"),
        (FBC, "fb.1.1700000000000.IwAR1.AQ", "IwAR1"),
        (FBC, "fb.1.1700000000000.IwAR1.AQECAQEB", "IwAR1"),
        (FBC, "fb.3.1700000000000.IwAR1", None),
        (FBC, "fb.1.17.IwAR1", None),
        (FBP, "fb.1.1700000000000.1098115397", "1098115397"),
        (FBP, "fb.1.1700000000000.1098115397.AQ", "1098115397"),
        (FBP, "fb.1.1700000000000.x", None),
        (GCL_OF_A_PAGE, "GCL.1700000000.Cj0K.a-b_c", "Cj0K.a-b_c"),
        (GCL_OF_A_PAGE, "GCL.now.Cj0K", None),
        (GCL_OF_A_SERVER, "2.1.k0AAA$i1700000000", "0AAA"),
        (GCL_OF_A_SERVER, "2.1.k0AAA$i1700000000$b1", "0AAA"),
        (GCL_OF_A_SERVER, "2.1.k$i1700000000", None),
        (UET, "_uetab-12", "ab-12"),
        (UET, "ab-12", None),
        (DATED, "1700000000000.f119fe02-9291-4a30-ab21-dad9afcae502", "f119fe02-9291-4a30-ab21-dad9afcae502"),
        (DATED, "f119fe02-9291-4a30-ab21-dad9afcae502", None),
        (PLAIN, "E.C.P.x", "E.C.P.x"),
        (PLAIN, "", None),
        (PLAIN, "a\r\nset-cookie: b", None),
    ],
)
def test_what_platforms_write(form: Form, value: str, id: str | None) -> None:
    assert form.read(value) == id


@pytest.mark.parametrize(("labels", "level"), [(1, 0), (2, 1), (3, 2), (4, 2)])
def test_meta_counts_the_labels_of_the_domain_from_nought_and_knows_no_more_than_three(labels: int, level: int) -> None:
    assert FBP.write("7", Moment(1_700_000_000_000_000, labels)) == f"fb.{level}.1700000000000.7"


@given(value=st.text(max_size=200))
def test_junk_is_read_without_a_fault(value: str) -> None:
    for form in FORMS:
        read = form.read(value)
        assert read is None or (read in value and form.is_of(value, read))


@pytest.mark.parametrize("kept", TABLE, ids=lambda kept: kept.cookies[-1].name)
def test_a_row_is_of_a_click_or_of_a_browser_that_can_be_made(kept: Kept) -> None:
    assert bool(kept.parameter) != bool(kept.mint)
    assert all(is_cookie_name(cookie.name) for cookie in kept.cookies)
    assert 86_400 <= kept.seconds <= 400 * 86_400, "browsers keep no cookie for longer"
    assert kept.longest <= 1000


@pytest.mark.parametrize("kept", [kept for kept in TABLE if kept.mint], ids=lambda kept: kept.cookies[-1].name)
@given(random=st.integers(0, (1 << 256) - 1), moment=moments)
def test_an_id_that_is_made_is_one_by_the_platforms_own_form(kept: Kept, random: int, moment: Moment) -> None:
    assert kept.mint
    written = kept.cookies[-1].form.write(kept.mint(random), moment)
    assert is_cookie_value(written)
    assert kept.cookies[-1].form.read(written) == kept.mint(random)


def test_the_page_about_websites_has_the_same_table() -> None:
    page = (ROOT / "docs" / "websites.md").read_text(encoding="utf-8")
    rows = {row.split("`")[1]: row for row in page.splitlines() if row.startswith("| `") and "days" in row}
    assert set(rows) == {kept.vendor for kept in TABLE}
    for kept in TABLE:
        told = f"`{kept.parameter}`: `{kept.cookies[-1].name}`" if kept.parameter else f"| `{kept.cookies[-1].name}`,"
        assert told in rows[kept.vendor]
        assert f"{kept.seconds // 86_400} days" in rows[kept.vendor].partition(told)[2]
