"""Where an answer says to ask, in words that hold no secret."""

from __future__ import annotations

import pytest

from core.redirection import redirection
from core.types import Response


@pytest.mark.parametrize(
    ("location", "where"),
    [
        ("https://u:secret@Login.example.com:8443/secret?token=secret", "redirects to login.example.com:8443/…"),
        ("https://example.com", "redirects to example.com/…"),
        ("  HTTP://example.com?secret", "redirects to example.com/…"),
        ("//cdn.example/secret", "redirects to cdn.example/…"),
        ("http://[::1]:80/secret", "redirects to [::1]:80/…"),
        ("https://secret@example.com", "redirects to example.com/…"),
        ("/login?token=secret", "redirects to another path of its own"),
        ("secret", "redirects to another path of its own"),
        ("?secret", "redirects to another path of its own"),
        ("javascript:secret", "redirects to what is no address"),
        ("https://user:secret@", "redirects to what is no address"),
        ("https://secret\\@example.com/", "redirects to what is no address"),
        ("https://exa mple/secret", "redirects to what is no address"),
        ("https://ex\u00e4mple/secret", "redirects to what is no address"),
        ("https://" + "a" * 300, "redirects to what is no address"),
        ("", "redirects to what is no address"),
    ],
)
def test_where_it_leads(location: str, where: str) -> None:
    for status in (301, 302, 303, 307, 308):
        said = redirection(Response(status, (("location", location),)))
        assert said == f"HTTP {status}: the destination {where}, which is not followed"
        assert "secret" not in said


@pytest.mark.parametrize("response", [Response(304), Response(200, (("location", "https://a.example/"),)), Response(400)])
def test_what_is_none(response: Response) -> None:
    assert redirection(response) == ""
