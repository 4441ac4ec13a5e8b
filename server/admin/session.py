"""Signing in and out: a browser trades the admin token for a cookie."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.admin.access import COOKIE, Access
from server.admin.forms import form
from server.admin.rendering import page

LASTS: Final = 12 * 3600
"""Seconds after which a browser is asked again."""

UNKNOWN: Final = {"colour": "green", "reasons": []}
"""Whoever is not signed in is not told how the server is."""


class Session:
    """The two pages about it."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def login(self, request: Request) -> Response:
        """The form, and what it sends."""
        if request.method == "GET":
            return _form(_local(request.query_params.get("next", "/")), None)
        sent = await form(request)
        target = _local(sent.text("next", "/"))
        if not self._access.matches(sent.text("token").strip()):
            return _form(target, "This is not the admin token.")
        reply = RedirectResponse(target, 303)
        reply.set_cookie(COOKIE, self._access.cookie(), max_age=LASTS, httponly=True, samesite="strict", path="/")
        return reply

    async def logout(self, request: Request) -> Response:  # noqa: ARG002  a route's form
        """Forgets the cookie."""
        reply = RedirectResponse("/login", 303)
        reply.delete_cookie(COOKIE, path="/")
        return reply


def _form(target: str, error: str | None) -> Response:
    data = {"error": error, "next": target}
    return page("login", "Sign in", UNKNOWN, data, status=403 if error else 200)


def _local(target: str) -> str:
    """A path on this port: nothing that a browser could take for another host."""
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable() and "\\" not in target
    return target if plain else "/"
