"""What every request to the admin port passes first, and what every reply of it carries."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.admin.access import Access

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_OPEN: Final = ("/login", "/ready")
"""Paths that need no token, beside the static files: they show nothing, or (``/ready``) less to whoever has none."""
_FOR_MACHINES: Final = ("/api/", "/metrics", "/live/")


class Guard:
    """Refuses foreign hosts, foreign pages and whoever has no token; a browser is sent to the sign-in page."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        await (refusal or self._app)(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> Response | None:
        path: str = scope["path"]
        if not self._access.host_allowed(headers.get("host", "")):
            return PlainTextResponse("this port answers to localhost alone\n", 421)
        if not self._access.same_site(scope["method"], headers):
            return PlainTextResponse("this request comes from another site's page\n", 403)
        if self._access.granted(headers) or path in _OPEN or path.startswith("/static/"):
            return None
        if path.startswith(_FOR_MACHINES) or scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("give the admin token as Authorization: Bearer\n", 401, {"www-authenticate": "Bearer"})
        query = scope["query_string"].decode("latin-1")
        return RedirectResponse(f"/login?next={quote(f'{path}?{query}' if query else path, safe='/')}", 303)


def _with_headers(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            _add(message)
        await send(message)

    return guarded


def _add(message: MutableMapping[str, Any]) -> None:
    present = {name for name, _ in message["headers"]}
    cache = [] if b"cache-control" in present else [(b"cache-control", b"no-store")]
    message["headers"] = [*message["headers"], *_HEADERS, *cache]
