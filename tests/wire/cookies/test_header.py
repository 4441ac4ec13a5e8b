from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Headers, Reply, Request
from wire.cookies.header import EVERYWHERE, IN_CLEAR, ON_SITE, is_cookie_name, pairs, set_cookie, values


def request(*headers: tuple[str, str]) -> Request:
    return Request("r", 0, "GET", "/", headers=headers)


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        ((), []),
        ((("cookie", ""),), []),
        ((("cookie", ";=; ;x; a"),), [("", "")]),
        ((("cookie", "a=1; b=2;c=3;\td=4 "),), [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]),
        ((("cookie", "a=1; A=2; a=3"), ("host", "a=9"), ("cookie", "a=4")), [("a", "1"), ("A", "2"), ("a", "3"), ("a", "4")]),
        ((("cookie", "a=x=y%3D; b="),), [("a", "x=y%3D"), ("b", "")]),
    ],
)
def test_cookies_come_in_order_and_as_they_were_sent(headers: Headers, read: list[tuple[str, str]]) -> None:
    assert list(pairs(request(*headers))) == read


def test_all_of_a_name() -> None:
    assert list(values(request(("cookie", "a=1; b=2; a=3; aa=4")), "a")) == ["1", "3"]


def test_a_cookie_of_the_whole_site_that_no_script_reads() -> None:
    assert set_cookie("FPID", "FPID2.1.AA+/=.5", max_age=63072000, domain="example.com") == (
        "set-cookie",
        "FPID=FPID2.1.AA%2B%2F%3D.5; Max-Age=63072000; Domain=example.com; Path=/; Secure; SameSite=Lax; HttpOnly",
    )


def test_a_cookie_of_one_host_that_scripts_read() -> None:
    made = set_cookie("FPLC", "x-_Z", max_age=72000, path="/metrics", http_only=False)
    assert made == ("set-cookie", "FPLC=x-_Z; Max-Age=72000; Path=/metrics; Secure; SameSite=Lax")


def test_a_value_as_a_browser_sent_it() -> None:
    made = set_cookie("_gcl_ag", "2.1.k0$i17%24", max_age=9, http_only=False, encoded=True)
    assert made == ("set-cookie", "_gcl_ag=2.1.k0$i17%24; Max-Age=9; Path=/; Secure; SameSite=Lax")


@pytest.mark.parametrize(
    ("sent", "said"),
    [(ON_SITE, "Secure; SameSite=Lax"), (EVERYWHERE, "Secure; SameSite=None"), (IN_CLEAR, "SameSite=Lax")],
)
def test_what_a_cookie_is_sent_with(sent: tuple[str, ...], said: str) -> None:
    assert set_cookie("a", "b", max_age=9, sent=sent) == ("set-cookie", f"a=b; Max-Age=9; Path=/; {said}; HttpOnly")


@pytest.mark.parametrize("value", ["a b", "a;b", "a,b", 'a"b', "a\\b", "a\r\nb", "a\n", "ä", "\0", "\x7f"])
def test_what_could_end_a_value_is_refused_where_it_is_not_escaped(value: str) -> None:
    with pytest.raises(ValueError, match="value is printable ASCII"):
        set_cookie("a", value, max_age=1, encoded=True)


@pytest.mark.parametrize("name", ["FPID", "__Host-id", "a.b", "!#$%&'*+-.^_`|~", "a" * 100])
def test_names(name: str) -> None:
    assert is_cookie_name(name)
    assert set_cookie(name, "", max_age=1)


@pytest.mark.parametrize("name", ["", "a b", "a;b", "a=b", "a,b", "a\r\nb", "a\n", "ä", '"a"', "a\0", "a" * 101, "(a)", None, 5])
def test_what_is_no_name(name: object) -> None:
    assert not is_cookie_name(name)
    with pytest.raises(ValueError, match="name is made of letters"):
        set_cookie(name, "", max_age=1)  # type: ignore[arg-type]  # that is the test


@pytest.mark.parametrize("text", ["/;", "/a b", "/\r\nset-cookie: a=b", "/\t", "/ä", "/\x7f", "/a\n"])
def test_what_could_end_a_cookie_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        set_cookie("a", "", max_age=1, path=text)
    with pytest.raises(ValueError, match="printable ASCII"):
        set_cookie("a", "", max_age=1, domain=text)


@settings(max_examples=300)
@given(st.text(), st.text(), st.text(), st.text(), st.booleans())
def test_no_text_makes_a_second_cookie_or_header(name: str, value: str, domain: str, path: str, encoded: bool) -> None:
    try:
        header = set_cookie(name, value, max_age=1, domain=domain, path=path, encoded=encoded)
    except ValueError:
        header = set_cookie("a", value, max_age=1)
    assert Reply(204, (header,))
    assert header[1].isascii()
    assert header[1].isprintable()
    assert len(header[1].split(";")) in (6, 7)
    assert header[1].count(" ") == header[1].count(";")
