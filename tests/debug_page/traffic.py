"""What comes to the shop, always the same: visitors who look, buy, refuse consent, a back end, crawlers, strangers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final
from urllib.parse import urlencode

GA4_ID: Final = "G-SHOP123456"
AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
PAGES: Final = ("/", "/shoes", "/shoes/red-runner", "/shoes/blue-walker", "/bags", "/bags/tote", "/sale", "/cart", "/checkout")
ARTICLES: Final = (
    ("SKU-1", "Red Runner", 89.0),
    ("SKU-2", "Blue Walker", 119.0),
    ("SKU-3", "Tote", 39.5),
    ("SKU-9", "Scarf", 19.0),
)
EVENTS: Final = ("page_view", "page_view", "page_view", "view_item", "add_to_cart", "scroll", "begin_checkout", "purchase")
API: Final = f"/mp/collect?measurement_id={GA4_ID}&api_secret="
JSON: Final = {"content-type": "application/json", "user-agent": "shop-backend/1.4"}


@dataclass(frozen=True)
class Sent:
    """A request to the public port."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""


def hit(visitor: int, event: str, path: str = "/", consent: str = "G111", agent: str = AGENT, **more: str) -> Sent:
    """A hit as gtag sends it, of the visitor of this number."""
    query = {
        "v": "2",
        "tid": GA4_ID,
        "gtm": "45je5bi1v9",
        "_p": "1764340309313",
        "gcs": consent,
        "gcd": "13r3r3r3r5l1" if consent == "G111" else "13p3p3p3p5l1",
        "cid": f"13077146{visitor:02}.1760043{visitor:03}",
        "ul": "en-gb",
        "sr": "1920x1080",
        "sid": f"17643403{visitor:02}",
        "sct": "2",
        "dl": f"https://shop.example{path}",
        "dt": "Shop",
        "en": event,
        **more,
    }
    headers = {"user-agent": agent, "x-forwarded-for": f"203.0.113.{visitor}", "origin": "https://shop.example"}
    return Sent("POST", f"/g/collect?{urlencode(query)}", headers)


def article(number: int) -> str:
    """As gtag writes it."""
    id, name, price = ARTICLES[number % len(ARTICLES)]
    return f"id{id}~nm{name}~pr{price}~qt1"


def purchase(visitor: int, order: str, value: float, consent: str = "G111") -> Sent:
    """The same for an order of two articles."""
    bought = {f"pr{at}": article(visitor + at) for at in (1, 2)}
    told = {"ep.transaction_id": order, "epn.value": str(value), "cu": "EUR", "ep.email": f"visitor{visitor}@example.com"}
    return hit(visitor, "purchase", "/checkout", consent, **told, **bought)


def backend(order: str, event: str = "refund") -> Sent:
    """What the shop's back end tells."""
    params = {"transaction_id": order, "value": 89, "currency": "EUR"}
    body = {"client_id": "1307714601.1760043001", "events": [{"name": event, "params": params}]}
    return Sent("POST", f"{API}mp-secret", JSON, json.dumps(body).encode())


def odd() -> Iterator[Sent]:
    """What nobody claims, is refused, or comes from a crawler."""
    yield hit(7, "page_view", tid="G-OTHER00001")
    yield Sent("HEAD", f"/g/collect?v=2&tid={GA4_ID}", {"user-agent": AGENT})
    yield Sent("GET", "/wp-login.php", {"user-agent": "curl/8"})
    yield Sent("POST", f"{API}wrong", JSON, b'{"client_id": "1.2"}')
    yield Sent("POST", f"{API}mp-secret", JSON, b'{"value": NaN}')
    yield Sent("GET", "/gtag/js?id=AW-987654321", {"user-agent": AGENT})
    yield hit(8, "page_view", agent="Googlebot/2.1")


def traffic(requests: int = 150, seed: int = 7) -> Iterator[Sent]:
    """So many requests, of a dozen visitors; one order comes twice."""
    first = [*odd(), purchase(3, "T-1000", 128.5), purchase(3, "T-1000", 128.5), backend("T-1000")]
    yield from first
    yield from visits(requests - len(first), seed)


def visits(requests: int, seed: int, order: int = 2000) -> Iterator[Sent]:
    """So many of the same visitors, and nothing odd; their orders are counted from this number."""
    random = Random(seed)
    for number in range(requests):
        visitor = random.randrange(1, 13)
        consent = "G100" if visitor % 5 == 0 else "G111"
        event = random.choice(EVENTS)
        if event == "purchase":
            yield purchase(visitor, f"T-{order + number}", round(random.uniform(20, 260), 2), consent)
        elif event in ("page_view", "scroll"):
            yield hit(visitor, event, random.choice(PAGES), consent)
        else:
            what = random.randrange(len(ARTICLES))
            more = {"epn.value": str(ARTICLES[what][2]), "cu": "EUR", "pr1": article(what)}
            yield hit(visitor, event, random.choice(PAGES), consent, **more)
