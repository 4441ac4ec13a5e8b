"""What every tag reads in answers that are not its vendor's own: redirects, and pages under HTTP 200."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest

from core.types import Delivered, OutboundRequest, Outcome, Rejected, Response, Retry
from tests.tags.exampled import LOADED, exampled

SENDING: Final = sorted(LOADED.keys() - {"file", "log"})
BY_STATUS: Final = {"ga4", "http_request"}
"""Of which a status is all that the vendor says, or all that a file asks for."""
WHERE: Final = "https://me:s3cr3t@Login.example/a/s3cr3t?token=s3cr3t"
NAMED: Final = "HTTP 302: the destination redirects to login.example/…, which is not followed"


def judged(type: str, response: Response, rows: int) -> Sequence[Outcome]:
    request = OutboundRequest("POST", "https://vendor.example/", (), b"{}", tuple(range(rows)))
    found = exampled(type).judge(request, response)
    return list(found) if isinstance(found, Sequence) else [found]


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("type", SENDING)
def test_a_redirect_is_named_and_nothing_of_it_but_the_host(type: str, rows: int) -> None:
    response = Response(302, (("location", WHERE),), b"<a href>Moved</a>")
    assert judged(type, response, rows) == [Rejected(NAMED, of_all=True)]


WORDS: Final = (b"", b"<html>", b'{"error": {"code": -1, "message": "no"}}', b'{"code": 40002}', b'{"errors": [{"code": "x"}]}')


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("type", SENDING)
def test_who_is_unwell_or_has_too_much_to_do_refuses_nothing_for_good_whatever_it_says(type: str, status: int) -> None:
    for body in WORDS:
        assert {Retry} == {each.__class__ for each in judged(type, Response(status, (), body), 2)}, body


@pytest.mark.parametrize("type", SENDING)
def test_what_is_too_large_is_sent_again_in_halves_and_never_as_it_was(type: str) -> None:
    for body in WORDS:
        [outcome] = judged(type, Response(413, (), body), 2)
        assert isinstance(outcome, Rejected), body
        assert not outcome.of_all


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("type", sorted(set(SENDING) - BY_STATUS))
def test_a_page_under_a_2xx_is_no_vendor_s_yes(type: str, rows: int) -> None:
    for status in (200, 201, 202):
        [outcome] = judged(type, Response(status, (), b"\n <!doctype html><html>Sign in</html>"), rows)
        assert isinstance(outcome, Retry), (type, status)


@pytest.mark.parametrize("type", sorted(set(SENDING) - BY_STATUS - {"klaviyo", "plausible", "segment", "snowplow"}))
@pytest.mark.parametrize("body", [b'{"error": {"message": "no"}}', b'{"insertErrors": 1', b'{"insertErrors": 1}'])
def test_what_is_not_documented_is_no_yes_where_a_form_is(type: str, body: bytes) -> None:
    assert Delivered() not in judged(type, Response(200, (), body), 2)
