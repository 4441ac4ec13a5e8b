"""What redact promises of any event: no error, no address left, a URL that stays one."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Event
from tests.transformations.redacting import ALL, CONTEXT, quoted, redact, text_after

MARKS = st.sampled_from([
    "@", "%", "%40", "%2540", "%25", "40", "a@b.cd", "jo", ".de", "+", "49170", "1234567", " ", "//", "/", "?", "#", "&", "=",
    "token", "token=1", "%3D", "%26", "%3F", "%23", "é", "%C3%A9", "\ud800", "[", "0", "(", '"', "https://x.example", "%5B", "B",
])  # fmt: skip
TEXTS = st.one_of(st.text(max_size=30), st.lists(MARKS, max_size=14).map("".join))
EVENTS = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=5,
)


@settings(max_examples=300)
@given(event=EVENTS)
def test_no_event_makes_it_raise_and_twice_is_once(event: Event) -> None:
    once = redact(**ALL).apply(event, CONTEXT)
    assert redact(**ALL).apply(once, CONTEXT) is once


@settings(max_examples=300)
@given(
    local=st.text("abcXYZ019._+-", min_size=1, max_size=10).map(lambda text: f"jo{text}"),
    domain=st.lists(st.text("abz-09", min_size=1, max_size=6).map(lambda text: f"d{text}"), min_size=2, max_size=4).map(".".join),
    times=st.integers(0, 3),
    before=st.lists(MARKS, max_size=8).map("".join),
    after=st.lists(MARKS, max_size=8).map("".join),
)
def test_no_email_is_left_at_any_depth(local: str, domain: str, times: int, before: str, after: str) -> None:
    email = f"{local}@{domain}"
    found = text_after(f"{before}={quoted(email, times)}&{after}", patterns="email")
    for _ in range(5):
        assert email not in found
        found = unquote(found)


@settings(max_examples=200)
@given(values=st.lists(TEXTS.filter(lambda text: "\ud800" not in text), min_size=1, max_size=4), times=st.integers(0, 2))
def test_a_url_stays_a_url_with_the_same_parameters(values: list[str], times: int) -> None:
    query = "&".join(f"p{index}={quoted(value, 1 + times)}" for index, value in enumerate(values))
    found = urlsplit(text_after(f"https://x.example/path?{query}&end=1#f", **ALL | {"query_parameters": []}))
    assert (found.scheme, found.netloc, found.path, found.fragment) == ("https", "x.example", "/path", "f")
    assert list(parse_qs(found.query, keep_blank_values=True)) == [*(f"p{index}" for index in range(len(values))), "end"]
