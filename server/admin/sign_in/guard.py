"""What every request to the admin port passes first, and what every reply of it carries."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.admin.sign_in.door import Caller, Door, Verdict

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


_CALLER: Final = "tagyard.caller"
_GRANTED: Final = "tagyard.granted"
_LASTS: Final = "tagyard.lasts"


class Guard:
    """Refuses foreign hosts, foreign pages and whoever has no token; a browser is sent to the sign-in page.

    It alone looks at tokens in headers and at cookies, once for each request.
    """

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        caller = self._door.caller(scope["client"][0] if scope["client"] else "", headers)
        refusal = await self._refusal(scope, caller)
        await (refusal or self.app)(scope, receive, _with_headers(send))

    async def _refusal(self, scope: Scope, caller: Caller) -> Response | None:
        path: str = scope["path"]
        access = self._door.access
        if not access.host_allowed(caller.headers.get("host", "")):
            return PlainTextResponse("this port answers to localhost alone\n", 421)
        verdict = self._door.verdict(caller)
        scope[_CALLER], scope[_GRANTED] = caller, verdict.granted
        scope[_LASTS] = partial(self._door.lasts, verdict, caller)
        if verdict in (Verdict.WRONG, Verdict.HELD):
            await self._door.slow_down()
        if not access.same_site(scope["method"], caller.headers, by_header=verdict is Verdict.TOKEN):
            return PlainTextResponse("this request comes from another site's page\n", 403)
        if verdict.granted or path in _OPEN or path.startswith("/static/"):
            return None
        if verdict is Verdict.HELD:
            later = {"retry-after": str(self._door.pause(caller))}
            return PlainTextResponse("there were too many wrong tokens: this one was not looked at\n", 429, later)
        if path.startswith(_FOR_MACHINES) or scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("give the admin token as Authorization: Bearer\n", 401, {"www-authenticate": "Bearer"})
        query = scope["query_string"].decode("latin-1")
        return RedirectResponse(f"/login?next={quote(f'{path}?{query}' if query else path, safe='/')}", 303)


def caller_of(request: Request) -> Caller:
    """Whoever sent this request, which the guard has let through."""
    caller: Caller = request.scope[_CALLER]
    return caller


def is_granted(request: Request) -> bool:
    """Whether the pages are shown to him; there are some for strangers as well."""
    return bool(request.scope[_GRANTED])


def lasts_of(request: Request) -> Callable[[], bool]:
    """Tells whether he may go on with what has no end, which he may until he signs out."""
    lasts: Callable[[], bool] = request.scope[_LASTS]
    return lasts


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
