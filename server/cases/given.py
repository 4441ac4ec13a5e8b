"""What comes in, as a test says it, and what becomes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

from config.cases import DEFAULT_CLOCK, CaseSettings, GivenSettings, RequestSettings
from config.problem import Path
from core.types import Request
from server.cases.duplicates import Duplicates
from server.explain.explanation import Explainer, Explanation
from server.explain.hit import Hit


def explained(case: CaseSettings, explainer: Explainer) -> dict[Path, Explanation]:
    """What becomes of each request and event of the test, in order, by where it stands in the test.

    Nothing is left to chance: ids are numbers, the clock is the test's, and randomness is zeros.
    """
    duplicates = Duplicates()
    found: dict[Path, Explanation] = {}
    for number, (where, given) in enumerate(case.givens().items(), 1):
        now = next(clock for clock in (given.clock, case.clock, DEFAULT_CLOCK) if clock is not None)
        then = replace(explainer, now=now, accept=partial(duplicates.leave_out, now=now))
        found[where] = _explained(given, f"test-{number}", then)
    return found


def _explained(given: GivenSettings, id: str, explainer: Explainer) -> Explanation:
    if given.request is not None:
        hit = hit_of(given.request)
        return explainer.request(hit.request(id, explainer.now, given.request.ip), hit.raw_path)
    client = given.client or explainer.assembled.container.clients[0][0]
    request = Request(id, explainer.now, "POST", "/")
    consent: dict[str, str] = dict(given.consent.items())
    return explainer.event(given.event or {}, client, request, consent)


def hit_of(settings: RequestSettings) -> Hit:
    """The request as a test writes it."""
    body = _body(settings)
    headers = [(name.lower(), value.reveal()) for name, value in settings.headers.items()]
    if settings.cookies:
        pairs = (f"{name}={value.reveal()}" for name, value in settings.cookies.items())
        headers.append(("cookie", "; ".join(pairs)))
    method = settings.method or ("POST" if body else "GET")
    return Hit(method, settings.url.reveal(), tuple(headers), body)


def _body(settings: RequestSettings) -> bytes:
    if settings.body_base64 is not None:
        return settings.body_base64
    body = settings.body.reveal() if settings.body is not None else None
    if body is None:
        return b""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")
