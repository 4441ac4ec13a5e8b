from __future__ import annotations

import pytest

from core.expressions.urls import url_query
from core.query import plain_ampersands, plain_name
from core.query_parameters import QueryParameters
from core.types import Request


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("v=2&amp;tid=G-1", "v=2&tid=G-1"),
        ("v=2&#38;tid=G-1", "v=2&tid=G-1"),
        ("v=2&#038;tid=G-1", "v=2&tid=G-1"),
        ("v=2&#x26;tid=G-1", "v=2&tid=G-1"),
        ("v=2&AMP;tid=G-1", "v=2&tid=G-1"),
        ("v=2&amp;amp;tid=G-1", "v=2&tid=G-1"),
        ("v=2&amp;#38;amp;tid=G-1&a=b", "v=2&tid=G-1&a=b"),
        ("&amp;v=2", "&v=2"),
        ("v=2&amp;", "v=2&"),
        ("a=b;c=d&e=f;", "a=b;c=d&e=f;"),
        ("a=1;amp;b=2", "a=1;amp;b=2"),
        ("a=Tom%20%26amp%3B%20Jerry", "a=Tom%20%26amp%3B%20Jerry"),
        ("amp=1&amp=2&ampere;=3", "amp=1&amp=2&ampere;=3"),
        ("&#39;=1&#3838;=2", "&#39;=1&#3838;=2"),
        ("", ""),
    ],
)
def test_an_ampersand_that_was_escaped_for_html_is_one(written: str, meant: str) -> None:
    assert plain_ampersands(written) == meant


@pytest.mark.parametrize("hostile", ["&#" + "0" * 200_000, "&amp;" * 100_000 + ";", "&" * 200_000 + ";", "&#x0000000000000026;"])
def test_it_is_linear(hostile: str) -> None:
    assert len(plain_ampersands(hostile)) <= len(hostile)


@pytest.mark.parametrize(
    ("name", "meant"), [("amp;tid", "tid"), ("amp;#38;tid", "tid"), ("tid", "tid"), ("a;b", "a;b"), ("", "")]
)
def test_a_name_that_was_split_off_before(name: str, meant: str) -> None:
    assert plain_name(name) == meant


def test_the_query_of_a_request_and_of_a_url_is_understood() -> None:
    request = Request("r", 1, "POST", "/mp/collect", "measurement_id=G-1&amp;api_secret=s")
    assert request.query == {"measurement_id": "G-1", "api_secret": "s"}
    assert url_query("https://shop.example/?a=1&amp;utm_source=x", "utm_source") == "x"


def test_a_parameter_that_is_to_be_removed_is_so_behind_such_an_ampersand() -> None:
    removed = QueryParameters(["token"]).remove("https://shop.example/?a=1&amp;token=s3cret&amp;b=2").raw
    assert "s3cret" not in removed
    assert removed == "https://shop.example/?a=1&amp;b=2"
