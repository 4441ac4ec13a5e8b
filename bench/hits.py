"""What the loads send: a real gtag hit as a browser sends it, the same in other sizes, and a purchase by Measurement Protocol."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

ROOT: Final = Path(__file__).parent.parent
_HITS: Final = [
    json.loads(line) for line in (ROOT / "tests" / "hits" / "gtag-2026-03.jsonl").read_text(encoding="utf-8").splitlines()
]
_CAPTURED: Final = _HITS[0]
ID: Final = "G-CPCJZBBRX4"
_QUERY: Final = urlsplit(_CAPTURED["url"]).query


@dataclass(frozen=True)
class Hit:
    """One request, and how many events it brings."""

    target: str
    body: bytes = b""
    events: int = 1
    headers: dict[str, str] = field(default_factory=lambda: {"host": "data.shop.example.test", **_CAPTURED["headers"]})

    @property
    def message(self) -> bytes:
        """As it goes over the wire."""
        fields = {**self.headers, "content-length": str(len(self.body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"POST {self.target} HTTP/1.1\r\n{lines}\r\n".encode() + self.body


PAGE_VIEW: Final = Hit(f"/g/collect?{_QUERY}")
VISIT: Final = "17951681"
"""How the times and ids of that hit begin: another text of digits in their place makes it another visitor's."""


def in_server_mode() -> Hit:
    """A page view of gtag in server mode, which says more to the server, and reads the reply."""
    url = next(hit["url"] for hit in _HITS if hit["url"].endswith("&richsstsse") and "en=page_view" in hit["url"])
    return Hit(f"/g/collect?{urlsplit(url).query}")


def page_view(parameters: int) -> Hit:
    """The page view with as many parameters: without some of its own, or with some that a page has set."""
    own = _QUERY.split("&")
    needed = [pair for pair in own if pair.partition("=")[0] in ("v", "tid", "cid", "en", "gcd", "dl")]
    others = [pair for pair in own if pair not in needed]
    more = [f"ep.detail_{number}=value%20of%20{number}" for number in range(parameters - len(own))]
    return Hit("/g/collect?" + "&".join([*needed, *others, *more][:parameters]))


def batch(events: int) -> Hit:
    """One request with as many events, as gtag sends them when it has waited: what differs stands in the body, a line each."""
    shared = "&".join(pair for pair in _QUERY.split("&") if pair.partition("=")[0] not in ("en", "_ee", "_et"))
    lines = [f"en=scroll&_ee=1&ep.step={number}&epn.percent_scrolled=90&_et=1{number}" for number in range(events)]
    return Hit(f"/g/collect?{shared}", "\r\n".join(lines).encode(), events)


def purchase() -> Hit:
    """What a shop's server posts when an order is paid: three items."""
    items = [{"item_id": f"SKU-{number}", "item_name": f"Shoe {number}", "price": 49.9, "quantity": 1} for number in range(3)]
    order = {"transaction_id": "T-1001", "currency": "EUR", "value": 149.7, "tax": 23.9, "shipping": 4.9, "items": items}
    body = {"client_id": "250451439.1795168134", "events": [{"name": "purchase", "params": order}]}
    target = f"/mp/collect?measurement_id={ID}&api_secret=not-checked"
    return Hit(target, json.dumps(body).encode(), headers={"host": "data.shop.example.test", "content-type": "application/json"})
