"""Secrets of the Measurement Protocol: whom they let in, and that they show nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from clients.measurement_protocol import MeasurementProtocol
from tests.clients.sent_payloads import BAD, GOOD, SECRET, TAKEN, claim, client, messages, request
from tests.core.tiny import replied


@pytest.mark.parametrize("secrets", [SECRET, ["other", SECRET], [SECRET, "other"]])
def test_a_configured_secret_lets_the_request_in(secrets: Any) -> None:
    assert claim(request(), api_secrets=secrets).reply == TAKEN


@pytest.mark.parametrize("given", ["", "&api_secret=", "&api_secret=s3cret", "&api_secret=OTHER", "&api_secret=%FF"])
def test_another_secret_or_none_is_forbidden(given: str) -> None:
    found = claim(request(query=f"measurement_id=G-ABC{given}"), api_secrets=[SECRET, "other"])
    assert replied(found).status == 403
    assert not found.events
    assert [finding.code for finding in found.findings] == ["UNAUTHORIZED"]
    assert messages(found)[0]["fieldPath"] == "api_secret"


def test_who_has_no_secret_learns_nothing_about_the_payload() -> None:
    assert replied(claim(request(b"", query=""), api_secrets=SECRET)).status == 403


@pytest.mark.parametrize("body", [GOOD, BAD, b"", b"{"])
@pytest.mark.parametrize("path", ["/mp/collect", "/debug/mp/collect"])
@pytest.mark.parametrize("configured", [[], [SECRET], ["another-canary"]])
def test_a_secret_shows_nowhere(body: bytes, path: str, configured: list[str]) -> None:
    made = client(api_secrets=configured)
    found = made.claim(request(body, path=path))
    assert "canary" not in repr(found)
    assert "canary" not in repr(vars(made))
    assert "canary" not in repr(MeasurementProtocol.Settings.model_validate({"api_secrets": configured}))


def test_an_empty_secret_opens_nothing() -> None:
    assert replied(claim(request(query="measurement_id=G-ABC&api_secret="), api_secrets=["", "x"])).status == 403
