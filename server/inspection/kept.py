"""A request kept as a test: harmless values stand for personal data and secrets, and the test passes with them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from core.types import Request
from server.cases.keep import keep
from server.explanation import Explainer
from server.inspection.privacy import Privacy
from server.inspection.serving import Serving

VISITOR: Final = "198.51.100.7"
"""Stands for the visitor's address (RFC 5737: documentation)."""

_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+?(@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_DROPPED = frozenset({"authorization", "proxy-authorization", "cookie", "forwarded", "x-forwarded-for", "x-real-ip"})


def harmless(serving: Serving, request: Request) -> Request:
    """The request with examples for e-mail addresses and for the visitor's, masks for secrets, and no cookies."""
    secrets = Privacy(serving.secret_values, reveal=True)

    def clean(text: str) -> str:
        text = secrets.text(text)
        if request.ip:
            text = text.replace(request.ip, VISITOR)
        return _EMAIL.sub(lambda found: f"visitor{found[1]}example.com", text)

    return replace(
        request,
        path=clean(request.path),
        query_string=clean(request.query_string),
        headers=tuple((name, clean(value)) for name, value in request.headers if name not in _DROPPED),
        body=clean(request.body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape"),
        ip=request.ip and VISITOR,
    )


def kept_test(serving: Serving, request: Request) -> str:
    """The YAML of one item for ``tests:``, made with masks for secrets, as ``tagyard test`` has them.

    Empty where the request cannot be written down as a test.
    """
    safe = harmless(serving, request)
    prefix = serving.settings.server.path_prefix
    explainer = Explainer(serving.masked_assembled, serving.origins, safe.received_at, None, prefix, serving.visitors)
    outside = replace(safe, path=f"{prefix}{safe.path}")
    try:
        return keep(outside, explainer, _name(explainer, outside))
    except Exception:  # a tag that fails, or what no YAML can hold: there is nothing to keep then
        return ""


def _name(explainer: Explainer, request: Request) -> str:
    run = explainer.request(request).run
    events = ", ".join(dict.fromkeys(str(each.event.get("event_name", "")) for each in run.events))
    return f"{events or 'a request'} {f'claimed by {run.client}' if run.client else 'that nobody claims'}"
