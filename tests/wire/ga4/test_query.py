from __future__ import annotations

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.ga4 import query
from wire.limits import OversizedError


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", {}),
        ("&&", {}),
        ("a", {"a": ""}),
        ("a=", {"a": ""}),
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("a=1&a=2", {"a": "1"}),
        ("a=1=2", {"a": "1=2"}),
        ("=1", {"": "1"}),
        ("a+b=c+d%2B", {"a b": "c d+"}),
        ("%C3%A4=%E2%82%AC", {"ä": "€"}),
        ("a=%FF", {"a": "�"}),
        ("a=%ZZ%", {"a": "%ZZ%"}),
        ("a=ä", {"a": "ä"}),
        ("a=\ud800", {"a": "�"}),
        ("a=%ED%A0%80", {"a": "���"}),
        ("a=%00", {"a": "\x00"}),
        ("\ufeffv=2&b=1", {"v": "2", "b": "1"}),
        ("%EF%BB%BFv=2", {"v": "2"}),
        ("%ef%bb%bfv=2", {"v": "2"}),
        ("\xef\xbb\xbfv=2", {"v": "2"}),
        ("a=\ufeffb", {"a": "\ufeffb"}),
        ("v=2&amp;tid=G-1&amp;en=a;b", {"v": "2", "tid": "G-1", "en": "a;b"}),
    ],
)
def test_a_query_is_split_and_decoded(text: str, pairs: dict[str, str]) -> None:
    assert query.parse(text, 1000) == pairs


def test_too_many_pairs_are_refused() -> None:
    assert len(query.parse("&".join(f"a{n}" for n in range(10)), 10)) == 10
    with pytest.raises(OversizedError, match="more than 10 parameters"):
        query.parse("&" * 10, 10)


@given(st.text(max_size=300))
def test_escaping_is_encode_uri_component(text: str) -> None:
    assert query.escape(query.without_surrogates(text)) == quote(query.without_surrogates(text), safe="-_.!~*'()")
    assert query.unescape(query.escape(text)) == text.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("length", [0, 199, 200, 201, 5000])
def test_long_texts_are_escaped_like_short_ones(length: int) -> None:
    assert query.escape("é/" * length) == "%C3%A9%2F" * length
    assert query.unescape("%C3%A9/" * length) == "é/" * length


def test_half_a_surrogate_pair_has_no_utf8_and_becomes_a_question_mark() -> None:
    assert query.escape("a\ud800b") == "a%3Fb"


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text(st.characters(exclude_categories=["Cs"]))
    )
)
def test_what_is_joined_parses_to_the_same(pairs: dict[str, str]) -> None:
    assert query.parse(query.join(pairs), 1000) == pairs


@given(st.text(alphabet="%4a1Ff&Zé", min_size=201, max_size=400))
def test_a_long_text_of_escapes_is_decoded_as_the_standard_library_does(text: str) -> None:
    assert query.unescape(text) == unquote(text, errors="replace")


@given(st.text(min_size=1).map(lambda text: text * 201))
def test_a_long_text_is_encoded_like_a_short_one(text: str) -> None:
    assert query.escape(text) == quote(text, safe="!*'()", errors="replace")
