"""What the browser was told, and in words what it was told to keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, TypedDict

from core.types import Headers, Reply, Upstream
from server.inspection.look import Look
from server.inspection.present import Pairs, masked_url
from server.visitors.asker import forwarded
from server.visitors.origins import embeddable


class ReplyShown(TypedDict):
    """``headers`` are all that the server's own part of the reply has, those for other websites' pages included."""

    status: int
    headers: Pairs
    body: str


class CookieShown(TypedDict):
    """A cookie that the reply sets."""

    name: str
    value: str
    words: str


LONGEST: Final = 4096
"""Characters of a body that are shown."""

_SPANS: Final = ((86400, "day"), (3600, "hour"), (60, "minute"))


def reply(look: Look) -> ReplyShown:
    """The reply. Of a script it says where it comes from."""
    said, status, privacy = look.run.reply, look.record.status, look.privacy
    if isinstance(said, Upstream):
        said = Reply(status or 200, body=replace(said, url=masked_url(said.url, privacy)).words.encode())
    headers = [
        (name, masked_url(value, privacy) if name == "location" else value) for name, value in (*said.headers, *_cors(look))
    ]
    text = said.body.decode("utf-8", "replace")
    return {"status": status or said.status, "headers": privacy.pairs(headers), "body": privacy.text(text)[:LONGEST]}


def _cors(look: Look) -> Headers:
    """What every reply says of who may read it."""
    request, serving = look.record.request, look.serving
    raw = forwarded(request.method, request.headers, request.ip, serving.visitors).cors(serving.origins)
    said = look.run.reply
    if look.run.client is not None and isinstance(said, Reply):
        raw = embeddable(raw, said.headers)
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)


def remembered(look: Look) -> str:
    """What the browser keeps for platforms, or why nothing; empty where the client keeps nothing for any."""
    return look.run.remembered.words if look.run.remembered else ""


def cookies(look: Look) -> list[CookieShown]:
    """Every cookie that the reply sets."""
    said = look.run.reply
    headers = () if isinstance(said, Upstream) else said.headers
    lines = [look.privacy.named(name, value) for name, value in headers if name == "set-cookie"]
    return [_cookie(line) for line in lines]


def _cookie(line: str) -> CookieShown:
    first, *attributes = (piece.strip() for piece in line.split(";"))
    name, _, value = first.partition("=")
    told = {key.lower(): text for key, _, text in (each.partition("=") for each in attributes)}
    return {"name": name, "value": value, "words": ", ".join(_words(told))}


def _words(told: dict[str, str]) -> Iterator[str]:
    yield _lasts(told)
    yield f"on {told['domain']} and below" if told.get("domain") else "on this host alone"
    if told.get("path", "/") != "/":
        yield f"below {told['path']}"
    yield "unseen by the page’s scripts" if "httponly" in told else "readable by the page’s scripts"
    yield "over https alone" if "secure" in told else "over plain http too"
    if told.get("samesite"):
        yield f"SameSite {told['samesite']}"


def _lasts(told: dict[str, str]) -> str:
    """For how long the cookie is kept. ``Max-Age`` counts over ``Expires``."""
    age = told.get("max-age", "")
    if not age.lstrip("-").isdigit():
        return f"kept until {told['expires']}" if told.get("expires") else "kept until the browser is closed"
    seconds = int(age)
    if seconds <= 0:
        return "removed"
    size, unit = next(((size, unit) for size, unit in _SPANS if seconds >= size), (1, "second"))
    return f"kept for {seconds // size} {unit}{'' if seconds // size == 1 else 's'}"
