"""A GA4 client that keeps cookies of the server, hits for it, and what a claim sets."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from clients.ga4 import Ga4
from core.component import Setup
from core.context import Shared
from core.fields import Template
from core.types import Claim, Event, Headers, Reply, Request
from wire.readers import READERS

NOW = 1_764_340_311
OLD = f"1307714608.{NOW - 4_000_000}"
VECTOR = "FPID2.1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8%3D.1760043792"
VECTOR_ID = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=.1760043792"
SECRET = "a secret of 32 random characters"


def client(consent: dict[str, str] | None = None, **cookies: Any) -> Ga4:
    fills = {kind: Template(value).evaluate for kind, value in (consent or {}).items()}
    around = Shared(readers=READERS, consent_fills=fills, environment={"NAME": "SID"}, own_secret="made at the first start")
    found = Ga4.Settings.model_validate({"cookies": {"mode": "server", **cookies}})
    return Ga4(found, Setup("web", {}, around))  # type: ignore[arg-type]  # Settings is the class's own


def hit(
    more: str = "",
    cookie: str | None = None,
    *,
    cid: str = OLD,
    host: str = "data.shop.example",
    body: bytes = b"",
    entropy: bytes = bytes(32),
    later: int = 0,
    headers: Headers = (),
) -> Request:
    cookies: Headers = () if cookie is None else (("cookie", cookie),)
    return Request(
        "r1",
        (NOW + later) * 1_000_000 + 500_000,
        "POST" if body else "GET",
        "/g/collect",
        f"v=2&tid=G-ABC&cid={quote(cid)}{more}" + ("" if body else "&en=page_view"),
        (("host", host), *cookies, *headers),
        body,
        entropy=entropy,
    )


def claim(request: Request, **cookies: Any) -> Claim:
    found = client(**cookies).claim(request)
    assert isinstance(found, Claim)
    return found


def cookies_of(found: Claim) -> dict[str, str]:
    """Name and value of every cookie that is set, as the browser keeps them."""
    assert isinstance(found.reply, Reply)
    lines = [value for name, value in found.reply.headers if name == "set-cookie"]
    kept = dict(line.split(";")[0].split("=", 1) for line in lines)
    assert len(kept) == len(lines)
    return kept


def event_of(found: Claim) -> Event:
    [event] = found.events
    return event


FRESH = f"1307714608.{NOW - 1}"


def linking(later: int = 0) -> str:
    return cookies_of(claim(hit("&_fplc=0", f"FPID={VECTOR}", later=later), secret=SECRET))["FPLC"]
