"""Payloads of the Measurement Protocol as a backend sends them, and what the client makes of one."""

from __future__ import annotations

import gzip
import json
from typing import Any

from clients.measurement_protocol import MeasurementProtocol
from core.component import Setup
from core.types import Claim, Headers, Reply, Request
from tests.core.tiny import replied

NOW = 1_764_340_311_502_000
HOUR = 3_600_000_000
SECRET = "s3cret-canary"
QUERY = f"measurement_id=G-ABC&api_secret={SECRET}"
GOOD = b'{"client_id":"1.2","events":[{"name":"login"},{"name":"search","params":{"search_term":"x"}}]}'
BAD = b'{"client_id":"1.2","events":[{"name":"_bad"}]}'
LACKING = b'{"client_id":"1.2","events":[{"name":"search"}]}'
NO_CACHE = ("cache-control", "no-cache")
JSON = (("content-type", "application/json"), NO_CACHE)
TAKEN = Reply(204, (NO_CACHE,))


def client(**values: Any) -> MeasurementProtocol:
    made = MeasurementProtocol.Settings.model_validate(values)
    return MeasurementProtocol(made, Setup("backend"))  # type: ignore[arg-type]  # Settings is the class's own


def request(
    body: bytes = GOOD,
    query: str = QUERY,
    path: str = "/mp/collect",
    method: str = "POST",
    headers: Headers = (),
) -> Request:
    return Request("r1", NOW, method, path, query, headers, body, "198.51.100.9")


def claim(request: Request, **values: Any) -> Claim:
    found = client(**values).claim(request)
    assert isinstance(found, Claim)
    return found


def messages(claim: Claim) -> list[dict[str, str]]:
    assert replied(claim).headers == JSON
    found: list[dict[str, str]] = json.loads(replied(claim).body)["validationMessages"]
    return found


def zipped(body: bytes, path: str = "/mp/collect") -> Request:
    return request(gzip.compress(body), path=path, headers=(("content-encoding", "gzip"),))
