"""Query parameters that redact takes out of URLs, and out of URLs in them."""

from __future__ import annotations

import pytest

from tests.transformations.redacting import quoted, text_after

PARAMETERS = [
    ("https://x.example/?token=1", "https://x.example/"),
    ("https://x.example/?token=1&a=2", "https://x.example/?a=2"),
    ("https://x.example/?a=2&token=1", "https://x.example/?a=2"),
    ("https://x.example/?a=2&token=1&b=3#token=4", "https://x.example/?a=2&b=3"),
    ("https://x.example/?token=1&token=2&utm_source=3", "https://x.example/"),
    ("https://x.example/?token=1&utm_source=2&a=&b", "https://x.example/?a=&b"),
    ("https://x.example/?token&a=1", "https://x.example/?a=1"),
    ("https://x.example/?tok%65n=a%26b&c=1", "https://x.example/?c=1"),
    ("https://x.example/?token=a?b=c&d=1", "https://x.example/?d=1"),
    ("https://x.example/?token=a b&d=1", "https://x.example/?d=1"),
    ("https://x.example/#token=a#b&d=1", "https://x.example/#d=1"),
    ("https://x.example/#/route?token=1&d=1", "https://x.example/#/route?d=1"),
    ("https://x.example/#token", "https://x.example/#token"),
    ("https://x.example/token=1?Token=1&tokens=1&my_token=1", "https://x.example/token=1?Token=1&tokens=1&my_token=1"),
    ("https://x.example/#a?token=1&b=2", "https://x.example/#a?b=2"),
    ("https://x.example/?a=1#/r?token=1&b=2", "https://x.example/?a=1#/r?b=2"),
    ("https://x.example/?%E0%80%80=1&token=1", "https://x.example/?%E0%80%80=1"),
    ("/path?token=1", "/path"),
    ("token=1&a=2", "a=2"),
    ("token=1", ""),
    ("see https://x.example/?token=1 or <https://y.example/?a=1&token=2>", "see https://x.example/ or <https://y.example/?a=1>"),
    ("https://x.example/?to=https://y.example/?token=1&a=1", "https://x.example/?to=https://y.example/&a=1"),
    ("https://x.example/?to=https%3A%2F%2Fy.example%2F%3Ftoken%3D1&a=1", "https://x.example/?to=https%3A%2F%2Fy.example%2F&a=1"),
    (
        "https://x.example/?to=https%3A%2F%2Fy.example%2F%3Ftoken%3Da%2526b%26c%3D1&a=1",
        "https://x.example/?to=https%3A%2F%2Fy.example%2F%3Fc%3D1&a=1",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PARAMETERS)
def test_query_parameters_go_with_what_separates_them(text: str, expected: str) -> None:
    assert text_after(text, query_parameters=["token", "utm_*"]) == expected


@pytest.mark.parametrize("times", [1, 2, 3, 4])
@pytest.mark.parametrize(("text", "expected"), [row for row in PARAMETERS if row[0].startswith("https:")])
def test_query_parameters_go_from_urls_inside_urls(text: str, expected: str, times: int) -> None:
    outer = "https://out.example/go?x=%26&to={}&y=1#f"
    assert text_after(outer.format(quoted(text, times)), query_parameters=["token", "utm_*"]) == outer.format(
        quoted(expected, times)
    )
