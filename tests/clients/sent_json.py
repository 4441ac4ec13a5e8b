"""What senders of JSON say to a client that takes any, and what it makes of that."""

from __future__ import annotations

import json
from typing import Any

from clients.json import Json
from core.component import Setup
from core.context import Shared
from core.types import Claim, Headers, Request
from tests.core.tiny import replied

NOW = 1_764_340_311_502_000
KEY = "s3cret-canary"
BODY = b'{"event_name":"lead","n":1}'
JSON = (("content-type", "application/json"), ("cache-control", "no-cache"))
FORM = (("content-type", "application/x-www-form-urlencoded"),)


def client(shared: Shared | None = None, **values: Any) -> Json:
    made = Json.Settings.model_validate(values)
    return Json(made, Setup("data", shared=shared or Shared()))  # type: ignore[arg-type]  # Settings is the class's own


def request(body: bytes = BODY, headers: Headers = (), method: str = "POST", query: str = "", path: str = "/data") -> Request:
    return Request("r1", NOW, method, path, query, headers, body, "203.0.113.7")


def claim(request: Request, **values: Any) -> Claim:
    found = client(**values).claim(request)
    assert isinstance(found, Claim)
    return found


def told(found: Claim) -> tuple[int, list[str]]:
    return replied(found).status, [finding.code for finding in found.findings]


def names(found: Claim) -> list[str]:
    return [event["event_name"] for event in found.events]


def as_json(value: Any) -> Request:
    return request(json.dumps(value).encode())
