"""A request kept as a test: harmless values stand for personal data and secrets, and the test passes with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import re2

from core.types import Request
from server.cases.keep import keep
from server.explain.explanation import Explainer
from server.inspection.privacy import CREDENTIALS, Privacy
from server.loading.serving import Serving

VISITOR: Final = "198.51.100.7"
"""Stands for the visitor's address (RFC 5737: documentation)."""

_EMAIL: Final = re2.compile(r"[A-Za-z0-9._+'-]+(@|%40)(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+")

LARGEST: Final = 64 * 1024
"""Bytes of a request that is kept: it is explained many times over until only what matters is left of it."""

_DROPPED = CREDENTIALS | {"cookie", "forwarded", "x-forwarded-for", "x-real-ip"}


def harmless(serving: Serving, request: Request, personal: Iterable[str]) -> Request:
    """The request with examples for e-mail addresses and for the visitor's, and without cookies.

    What else is secret or ``personal`` is masked. Raises UnicodeDecodeError for a body that is no text.
    """
    masks = Privacy([*serving.secret_values, *personal], reveal=True)

    def clean(text: str) -> str:
        if request.ip:
            text = text.replace(request.ip, VISITOR)
        return masks.text(str(_EMAIL.sub(r"visitor\1example.com", text)))

    return replace(
        request,
        path=clean(request.path),
        query_string=clean(request.query_string),
        headers=tuple((name, clean(value)) for name, value in request.headers if name not in _DROPPED),
        body=clean(request.body.decode()).encode(),
        ip=request.ip and VISITOR,
    )


def kept_test(serving: Serving, request: Request, personal: Iterable[str]) -> str:
    """The YAML of one item for ``tests:``, made with masks for secrets, as ``tagyard test`` has them.

    Empty where the request cannot be written down as a test.
    """
    if len(request.body) + len(request.query_string) > LARGEST:
        return ""
    prefix = serving.settings.server.path_prefix
    explainer = Explainer(serving.masked_assembled, serving.origins, request.received_at, None, prefix, serving.visitors)
    try:
        safe = harmless(serving, request, personal)
        return keep(safe, explainer, _name(explainer, safe))
    except Exception:  # a tag that fails, or a body that is no text: there is nothing to keep then
        return ""


def _name(explainer: Explainer, request: Request) -> str:
    run = explainer.request(request).run
    events = ", ".join(dict.fromkeys(str(each.event.get("event_name", "")) for each in run.events))
    return f"{events or 'a request'} {f'claimed by {run.client}' if run.client else 'that nobody claims'}"
