"""What tests of tags for advertising platforms do with one: map, pack, judge, and look for what must not leave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.component import Setup, Tag
from core.context import Context, Shared
from core.types import Event, OutboundRequest, Outcome, Payload, Rejected, Request, Response, Retry, Skip
from tests.tags.golden import at, differences

NOW: Final = 1_767_225_600_123_000
SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND

CLEAR: Final = ("jane.doe", "jane", "448444124653", "4124653")
"""What stands in clear in PURCHASE and belongs to a person."""

PURCHASE: Final[Event] = {
    "event_name": "purchase",
    "client_id": "1234567890.1700000000",
    "event_id": "evt-9f1c",
    "transaction_id": "T-1001",
    "value": 59.98,
    "currency": "EUR",
    "page_location": "https://shop.example.com/thanks",
    "ip_override": "203.0.113.7",
    "user_agent": "ExampleBrowser/1.0",
    "user_id": "user-42",
    "items": [{"item_id": "SKU-1", "item_name": "Mug", "price": 19.99, "quantity": 2}, {"item_id": "SKU-2", "price": 20}],
    "user_data": {
        "email_address": " Jane.Doe@Example.com ",
        "phone_number": "+44 844 412 4653",
        "address": [{"first_name": "Jane", "last_name": "Doe", "city": "Menlo Park", "postal_code": "94025", "country": "US"}],
    },
}


def made(kind: type[Tag], **settings: Any) -> Tag:
    """A tag with these settings."""
    return kind(kind.Settings.model_validate(settings), Setup("ads"))


def mapped(
    tag: Tag,
    event: Event,
    cookies: Mapping[str, str] | None = None,
    received_at: int = NOW,
    consent: Mapping[str, str] | None = None,
    original: Event | None = None,
) -> Payload | Skip:
    """What it makes of an event (which was ``original`` once) whose request had these cookies, and said this of consent."""
    pairs = "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())
    request = Request("r", received_at, "GET", "/", headers=(("cookie", pairs),) if pairs else ())
    shared = Shared(readers={"consent": lambda _, __: consent or {}})
    return tag.map(event, Context(request, "web", original or event, 0, shared))


def payload(tag: Tag, event: Event = PURCHASE, **more: Any) -> Payload:
    """The same, where it sends one."""
    found = mapped(tag, event, **more)
    assert isinstance(found, Payload), found
    return found


def requests(tag: Tag, *payloads: Payload, now: int = NOW) -> Sequence[OutboundRequest]:
    """What leaves for them."""
    found = tag.pack(payloads, now)
    assert all(isinstance(each, OutboundRequest) for each in found)
    return [each for each in found if isinstance(each, OutboundRequest)]


def sent(tag: Tag, event: Event = PURCHASE, **more: Any) -> Any:
    """The body of the one request that leaves for an event."""
    [request] = requests(tag, payload(tag, event, **more))
    return json.loads(request.body)


def unlike(tag: Tag, vector: Mapping[str, Any], **more: Any) -> Sequence[str]:
    """What the request that leaves for a vector's event has otherwise than the vector's own."""
    context, expected = vector["context"], vector["request"]
    row = payload(tag, vector["event"], cookies=context["cookies"], received_at=context["received_at_ms"] * 1000, **more)
    [request] = requests(tag, row)
    body, said = json.loads(request.body), {"method": request.method, "url": request.url, "headers": dict(request.headers)}
    found = list(differences({name: expected[name] for name in said}, said))
    unwanted = [f"{pointer} is there" for pointer in vector.get("absent", ()) if at(body, pointer) is not None]
    unwanted += [
        f"{pointer} has {part}"
        for pointer, part in vector.get("not_contains", ())
        if any(not list(differences(part, each)) for each in at(body, pointer) or ())
    ]
    return [*found, *differences(expected["body"], body), *unwanted]


def personal(tag: Tag, event: Event = PURCHASE) -> Sequence[str]:
    """What stands in clear in PURCHASE and in what is kept or sent for it."""
    row = payload(tag, event)
    written = (json.dumps(row.body) + str(requests(tag, row)[0])).lower()
    return [word for word in CLEAR if word in written]


def crowded(requests: Sequence[OutboundRequest], rows: int, most: int, most_bytes: int) -> Sequence[str]:
    """What these requests for so many rows have against: each row once, no more rows nor bytes than that in one."""
    carried = sorted(index for request in requests for index in request.payloads)
    found = [] if carried == list(range(rows)) else [f"carries {carried}"]
    many = [f"{len(each.payloads)} rows" for each in requests if len(each.payloads) > most]
    large = [
        f"{len(each.body)} bytes" for each in requests if len(each.payloads) > 1 and len(each.body) > most_bytes + _more(each)
    ]
    return [*found, *many, *large]


def _more(request: OutboundRequest) -> int:
    """Bytes that may stand around the rows, and in each besides what is kept of it: an id, the time at which it leaves."""
    return 200 + 60 * len(request.payloads)


def unclear(vendor: str, status: int = 200) -> Outcome:
    """What becomes of rows where an answer does not say, as this vendor documents, that it has them."""
    why = f"HTTP {status}: {vendor} does not say in the form it documents what became of each event"
    return Rejected(why, of_all=True)


def others_page(vendor: str) -> Outcome:
    """And where somebody else has answered."""
    return Retry(f"HTTP 200: this is no answer of {vendor}'s")


BESIDE: Final = Retry("HTTP 400: another event of the same request was refused", blameless=True)
"""What becomes of a row that goes again because of others."""


def judged(tag: Tag, status: int, body: Any, rows: int = 1) -> Sequence[Outcome]:
    """What it reads in an answer to a request of so many rows: an outcome for each."""
    request = OutboundRequest("POST", "https://vendor.example/", (), b"{}", tuple(range(rows)))
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = tag.judge(request, Response(status, (), written))
    return list(found) if isinstance(found, Sequence) else [found] * rows
