"""Signing in and out: a browser trades the admin token for a cookie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from server.admin.forms import form
from server.admin.rendering import How, page
from server.admin.sign_in.door import Caller, Door, Verdict
from server.admin.sign_in.guard import caller_of
from server.admin.sign_in.signed_in import COOKIE, LASTS
from server.system.colours import Colour

UNKNOWN: Final[How] = {"colour": Colour.GREEN, "reasons": []}
"""Whoever is not signed in is not told how the server is."""

log = structlog.get_logger("tagyard")


class Session:
    """The two pages about it."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> Sequence[Route]:
        """Of both."""
        return [Route("/login", self.login, methods=["GET", "POST"]), Route("/logout", self.logout, methods=["POST"])]

    async def login(self, request: Request) -> Response:
        """The form, and what it sends."""
        if request.method == "GET":
            return _form(_local(request.query_params.get("next", "/")))
        sent = await form(request)
        target, token, caller = _local(sent.text("next", "/")), sent.text("token").strip(), caller_of(request)
        if not token:
            return _form(target, "Give the admin token.", 403)
        verdict = self._door.tried(token, caller, "form")
        if verdict is Verdict.TOKEN:
            return self._signed_in(target, caller)
        await self._door.slow_down()
        if verdict is Verdict.WRONG:
            return _form(target, "This is not the admin token.", 403)
        seconds = self._door.pause(caller)
        answer = _form(target, f"There were too many wrong tokens. Try again in {seconds} s.", 429)
        answer.headers["retry-after"] = str(seconds)
        return answer

    async def logout(self, request: Request) -> Response:
        """Forgets the browser, so that its cookie opens nothing any more."""
        self._door.signed_in.remove(caller_of(request).headers)
        reply = RedirectResponse("/login", 303)
        reply.delete_cookie(COOKIE, path="/")
        return reply

    def _signed_in(self, target: str, caller: Caller) -> Response:
        log.info("signed in to the debug page", address=caller.address)
        reply = RedirectResponse(target, 303)
        cookie = self._door.signed_in.add()
        secure = caller.is_encrypted
        reply.set_cookie(COOKIE, cookie, max_age=LASTS, secure=secure, httponly=True, samesite="strict", path="/")
        return reply


def _form(target: str, error: str | None = None, status: int = 200) -> Response:
    return page("login", "Sign in", UNKNOWN, {"error": error, "next": target}, status=status)


def _local(target: str) -> str:
    """A path on this port: nothing that a browser could take for another host."""
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable() and "\\" not in target
    return target if plain else "/"
