"""Which email addresses redact finds, however they are encoded, and what stands in their place."""

from __future__ import annotations

import pytest

from tests.transformations.redacting import quoted, text_after

EMAILS = [
    "jo@example.com",
    "jo.d-e+tag@mail.shop.example.co.uk",
    "O'Brien@example.com",
    "jörg@müller.de",
    "_@a.b",
    "x@y.xn--p1ai",
]


@pytest.mark.parametrize("email", EMAILS)
@pytest.mark.parametrize("times", [0, 1, 2, 3, 4, 5])
def test_an_email_goes_however_often_it_is_encoded(email: str, times: int) -> None:
    url = f"https://shop.example/a%20b?q=x%2Fy&mail={quoted(email, times)}&z=%C3%A4#top"
    expected = f"https://shop.example/a%20b?q=x%2Fy&mail={quoted('[redacted]', max(times, 1))}&z=%C3%A4#top"
    assert text_after(url, patterns="email") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jo@example.com", "[redacted]"),
        ("write to jo@example.com, or al@example.com.", "write to [redacted], or [redacted]."),
        ("<jo@example.com> and 'al@example.com'", "<[redacted]> and '[redacted]'"),
        ('{"mail":"jo@example.com"}', '{"mail":"[redacted]"}'),
        ("mailto:jo@example.com", "mailto:[redacted]"),
        ("a%40b.c", "%5Bredacted%5D"),
        ("a%2540b.c", "%255Bredacted%255D"),
        (
            "a%25%34%30b.c x",
            f"{quoted('[redacted]', 4)} x",
        ),
        ("/login?mail=jo@example.com", "/login?mail=%5Bredacted%5D"),
        ("https://x.example/?q=to%20jo@example.com", "https://x.example/?q=to%20%5Bredacted%5D"),
        ("https://x.example/?a=jo@example.com,al@example.com", "https://x.example/?a=%5Bredacted%5D,%5Bredacted%5D"),
        ("https://jo@example.com/path", "https://example.com/path"),
        ("https://jo:pw@example.com/path", "https://example.com/path"),
        ("https://x.example/?to=https%3A%2F%2Fjo%40example.com", "https://x.example/?to=https%3A%2F%2Fexample.com"),
        (
            "https://x.example/?to=https%3A%2F%2Fy.example%2F%3Fm%3Djo%40example.com&a=1",
            "https://x.example/?to=https%3A%2F%2Fy.example%2F%3Fm%3D%255Bredacted%255D&a=1",
        ),
        ("?to%3Djo@example.com", "?to%3D%255Bredacted%255D"),
        ("\ud800 jo@example.com", "\ud800 [redacted]"),
    ],
)
def test_what_comes_in_place_of_an_email(text: str, expected: str) -> None:
    assert text_after(text, patterns="email") == expected
