"""Only my browser: makes the link that marks one, and shows which are marked."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from server.admin.forms import form
from server.admin.pages.front import Front
from server.control.following import Answer
from server.inspection.browsers import SeenBrowser
from server.public.debug_link import FOLDER
from server.visitors.marks import preview_of
from wire.scripts.rewriting import well_formed

HOURS: Final = (1, 8, 24)
"""How long a browser may be marked; the one in the middle by default."""
_LONGEST_PATH: Final = 200
_MOST_TOLD: Final = 8
"""Browsers that workers are told of anew: those which they do not watch, since they were started again."""


@dataclass(frozen=True, slots=True)
class BrowserPage:
    """The page, the link that it makes, and the value of a preview's header that it takes."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of all of them."""
        return [
            Route("/browser", self.browser),
            Route("/browser", self.link, methods=["POST"]),
            Route("/browser/preview", self.preview, methods=["POST"]),
        ]

    async def browser(self, request: Request) -> Response:  # noqa: ARG002  a route's form
        """What there is to fill in, and the browsers that are marked."""
        return await self._page({})

    async def link(self, request: Request) -> Response:
        """A link for one more browser."""
        sent = await form(request)
        address, hours = sent.text("address").strip(), _hours(sent.text("hours"))
        base = public_address(address)
        if base is None:
            wrong = "This is no address that a browser could open, such as https://data.example.com."
            return await self._page({"wrong": wrong, "address": address, "hours": hours}, 400)
        browser, until = secrets.token_hex(6), self._now() + hours * 3600
        signed = await self.front.workers.any({"do": "mark", "browser": browser, "until": until})
        if signed is None:
            return await self._page({"wrong": "No worker answers: the server may be starting again.", "hours": hours}, 503)
        await self._watch(browser, until)
        link = {"url": f"{base}{FOLDER}{signed['mark']}", "browser": browser, "until": until, "hours": hours}
        return await self._page({"link": link, "address": base, "hours": hours})

    async def preview(self, request: Request) -> Response:
        """The browser of this value of the header, from now on."""
        browser = preview_of((await form(request)).text("value").strip())
        if browser is None:
            return await self._page({"no_preview": "This is not what Tag Assistant shows: one word of Base64."}, 400)
        await self._watch(browser, self._now() + HOURS[1] * 3600)
        return RedirectResponse(f"/?browser={quote(browser)}", 303)

    async def _page(self, more: Mapping[str, object], status: int = 200) -> Response:
        answers = await self.front.workers.each({"do": "browsers"})
        seen = merged(cast(SeenBrowser, each) for answer in answers for each in answer.get("browsers", ()))
        await self._remind(answers)
        addresses = list(dict.fromkeys(each for answer in answers for each in answer.get("addresses", ())))
        usual: dict[str, Any] = {
            "wrong": "",
            "no_preview": "",
            "link": None,
            "address": addresses[0] if addresses else "",
            "hours": HOURS[1],
        }
        data = {**usual, "addresses": addresses, "choices": HOURS, "browsers": seen, "now": self._now(), **more}
        page = await self.front.page("browser", "Only my browser", data)
        page.status_code = status
        return page

    async def _remind(self, answers: Sequence[Answer]) -> None:
        """Workers that were started again hear of what others watch, and of marks that they have seen themselves."""
        each = [{seen["browser"]: seen for seen in answer.get("browsers", ())} for answer in answers]
        wanted = {seen["browser"]: seen["until"] for known in each for seen in known.values() if seen["until"] > self._now()}
        lacking = [browser for browser in wanted if not all(known.get(browser, {}).get("watched") for known in each)]
        await asyncio.gather(*(self._watch(browser, wanted[browser]) for browser in lacking[:_MOST_TOLD]))

    async def _watch(self, browser: str, until: int) -> None:
        await self.front.workers.each({"do": "watch", "browser": browser, "until": until})

    def _now(self) -> int:
        return self.front.clock() // 1_000_000


def merged(seen: Iterable[SeenBrowser]) -> list[SeenBrowser]:
    """What several workers know of the same browsers; those seen last first, and before them those that never were."""
    found: dict[str, SeenBrowser] = {}
    for each in seen:
        known = found.get(each["browser"])
        found[each["browser"]] = each if known is None else _both(known, each)
    return sorted(found.values(), key=lambda its: (its["last"] > 0, -its["last"], -its["until"]))


def _both(one: SeenBrowser, other: SeenBrowser) -> SeenBrowser:
    return {
        "browser": one["browser"],
        "until": max(one["until"], other["until"]),
        "requests": one["requests"] + other["requests"],
        "last": max(one["last"], other["last"]),
        "watched": one["watched"] and other["watched"],
    }


def public_address(text: str) -> str | None:
    """An address as it was typed in, without a slash at its end; None for what no browser could open."""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        return None
    host, path = well_formed(parts.netloc), parts.path.rstrip("/")
    if parts.scheme not in ("http", "https") or host is None or len(path) > _LONGEST_PATH:
        return None
    return f"{parts.scheme}://{host}{quote(path, safe='/-._~%')}"


def _hours(text: str) -> int:
    return int(text) if text in map(str, HOURS) else HOURS[1]
