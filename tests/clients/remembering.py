"""A GA4 client that has browsers keep cookies for platforms, hits with clicks on them, and what a claim sets and tells."""

from __future__ import annotations

from typing import Any, get_args
from urllib.parse import quote

from clients.ga4 import Ga4
from core.component import Setup
from core.context import Shared
from core.fields import Template
from core.remembered import Remembered
from core.types import Claim, Headers, Reply, Request
from wire.readers import READERS
from wire.remember.forms import Moment
from wire.remember.table import Vendor

NOW = 1_764_340_311
ALL: list[str] = list(get_args(Vendor))
GRANTED = "&gcs=G111&gcd=13t3t3t3t5l1"
PAGE = "https://www.shop.example/shoes"
MOMENT = Moment(1_700_000_000_000_000, 2)


def client(*vendors: str, consent: dict[str, str] | None = None, own: str = "made at the first start", **cookies: Any) -> Ga4:
    fills = {kind: Template(value).evaluate for kind, value in (consent or {}).items()}
    found = Ga4.Settings.model_validate({"remember": list(vendors), "cookies": cookies})
    around = Shared(readers=READERS, consent_fills=fills, own_secret=own)
    return Ga4(found, Setup("web", {}, around))  # type: ignore[arg-type]  # Settings is the class's own


def hit(
    page: str = PAGE,
    cookie: str = "",
    *,
    more: str = GRANTED,
    host: str = "data.shop.example",
    body: bytes = b"",
    headers: Headers = (),
    later: int = 0,
    session: str = "",
    entropy: bytes = bytes(range(32)),
) -> Request:
    sent: Headers = (("cookie", cookie),) if cookie else ()
    query = f"v=2&tid=G-ABC&cid=1307714608.1760043792{more}&dl={quote(page, safe='')}" + (f"&sid={session}" if session else "")
    return Request(
        "r1",
        (NOW + later) * 1_000_000 + 500_000,
        "POST" if body else "GET",
        "/g/collect",
        query if body else f"{query}&en=page_view",
        (("host", host), *sent, *headers),
        body,
        "203.0.113.7",
        entropy=entropy,
    )


def claim(request: Request, *vendors: str, **settings: Any) -> Claim:
    found = client(*vendors, **settings).claim(request)
    assert isinstance(found, Claim)
    return found


def lines(found: Claim) -> list[str]:
    assert isinstance(found.reply, Reply)
    return [value for name, value in found.reply.headers if name == "set-cookie"]


def cookies(found: Claim) -> dict[str, str]:
    pairs = [line.partition(";")[0].split("=", 1) for line in lines(found)]
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


def told(found: Claim) -> Remembered:
    assert found.remembered
    return found.remembered


DAY = 86400
CLICKS = (
    f"{PAGE}?fbclid=IwAR0_x-1&ttclid=E.C.P.Cx1&epik=dj0yJnU9&ScCid=5b2c0e3c-0000-4000-8000-000000000002"
    "&rdt_cid=3184742045291813272&msclkid=8a6f0e3c00004000800000000000001a&li_fat_id=5b2c0e3c-0000-4000-8000-000000000003"
    "&twclid=23opexample&gclid=Cj0K.a-b&wbraid=Cmwb&gbraid=0AAgb#top"
)
