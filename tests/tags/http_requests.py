"""An HTTP request tag with settings as a file gives them, and what leaves of an event."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from core.component import Setup
from core.context import Context, Shared
from core.secret import SealedText, SecretValue
from core.types import Event, OutboundRequest, Payload, Request, Skip
from tags.http_request import HttpRequest, HttpRequestSettings

SECRETS = {"TOKEN": "to&ken+/="}
URL = "https://example.com/hook"
EVENT: Event = {
    "event_name": "purchase",
    "transaction_id": "T 1",
    "value": 25.0,
    "tags": ["a", "b"],
    "bad": "x\r\nSet-Cookie: a=1",
}


def sealed(*parts: str) -> SealedText:
    """A text of the file in which ``$`` stands for the secret."""
    return SealedText(tuple(SecretValue("TOKEN", SECRETS["TOKEN"]) if part == "$" else part for part in parts))


def tag(**settings: Any) -> HttpRequest:
    return HttpRequest(
        HttpRequestSettings.model_validate({"url": URL, **settings}),
        Setup("webhook", SECRETS),
    )


def mapped(http: HttpRequest, event: Event = EVENT) -> Payload | Skip:
    return http.map(event, Context(Request("r", 0, "GET", "/"), "web", event, 0, Shared(secrets=SECRETS)))


def sent(event: Event = EVENT, **settings: Any) -> OutboundRequest:
    http = tag(**settings)
    payload = mapped(http, event)
    assert isinstance(payload, Payload), payload
    [request] = http.pack([payload], 0)
    assert isinstance(request, OutboundRequest)
    return request


def header(request: OutboundRequest, name: str) -> str | None:
    return dict(request.headers).get(name)


def refusal(**settings: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        tag(**settings)
    return "; ".join(str(error["msg"]) for error in caught.value.errors(include_input=False))
