"""Requests of the Firebase SDK, which the client of the Measurement Protocol refuses by name."""

from __future__ import annotations

import pytest

from core.types import Declined, Request
from tests.clients.sent_payloads import TAKEN, claim, client, messages, request
from tests.core.tiny import replied


@pytest.mark.parametrize(
    "asked",
    [
        request(b"\x0a\x80\x01", query="", path="/a", headers=(("content-type", "application/x-protobuf"),)),
        request(b"\x1f\x8b\x08", query="", path="/a", headers=(("content-encoding", "gzip"),)),
        request(b"", query="platform=android", path="/config/app/1%3A234%3Aandroid%3Aabc", method="GET"),
    ],
)
def test_what_the_firebase_sdk_sends_is_refused_by_name(asked: Request) -> None:
    found = claim(asked, measurement_ids="G-ABC", api_secrets="s")
    assert (replied(found).status, found.events) == (415, ())
    assert [finding.code for finding in found.findings] == ["FIREBASE_SDK"]
    assert messages(found)[0]["description"].startswith("This is a request of the Firebase SDK")


@pytest.mark.parametrize(
    "asked",
    [
        request(path="/a", query="id=GTM-ABC123&v=3&t=l&pid=1"),
        request(path="/a", query="id=GTM-ABC123", method="GET"),
        request(path="/a", query="", method="GET"),
        request(path="/config", method="GET"),
    ],
)
def test_what_is_not_the_firebase_sdks(asked: Request) -> None:
    assert isinstance(client().claim(asked), Declined)


def test_an_activation_path_is_no_upload() -> None:
    assert claim(request(path="/a"), activation_paths="/a").reply == TAKEN
