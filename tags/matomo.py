"""Sends events to Matomo's Tracking API."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from core.component import EventPart, Setup, TagExample, TagSettings
from core.context import Context
from core.expressions.values import text_of
from core.fields import OpenTemplate
from core.secret import Secret
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Retry, Skip
from wire.bodies import as_form, as_json
from wire.conversions import commerce, judging, packing, visitor
from wire.conversions.moment import DAY, SECOND, micros, named, older_than
from wire.conversions.settings import Place
from wire.conversions.vendor import VendorTag

OLDEST_WITHOUT_TOKEN: Final = DAY

_SCRIPT: Final = "/matomo.php"


_NOT_NAMED: Final = "Matomo calls some of a request invalid, and names them to the token of a super user alone"


class MatomoSettings(TagSettings):
    """Sends events to Matomo by its Tracking API."""

    endpoint: Place = Field(
        description="Where Matomo is, such as https://matomo.example.com or https://example.com/matomo/matomo.php."
    )
    site_id: int = Field(gt=0, description="The website's id in Matomo.")
    token_auth: Secret | None = Field(
        None,
        description="Of a Matomo user with write access to the website; give it as ${NAME}. Without one Matomo takes our "
        "server's address for the visitor's, and nothing that is older than a day.",
    )
    event_category: str = Field(
        "Website", min_length=1, description="The category of events that have no `event_category` of their own."
    )
    dimensions: dict[Annotated[int, Field(gt=0)], OpenTemplate] = Field(
        {}, description='Custom dimensions by their number: `{1: "{{ event.plan }}"}`; what is undefined is left out.'
    )

    needs: ClassVar[Sequence[str]] = ("event_name",)


class Matomo(VendorTag[MatomoSettings]):
    """Sends events to Matomo by its Tracking API, up to 200 with one request.

    ``page_view`` is a page view, ``search`` and ``view_search_results`` with a ``search_term`` are site searches, ``purchase``
    is an order, ``add_to_cart`` an update of the cart, and ``view_item`` shows a product; every other event is one of Matomo's,
    with the name as its action, ``event_label`` as its name and ``value`` as its value. A name that ``event_name`` gives decides
    what it is. The visitor's id is made of the ``client_id``; ``user_data`` never leaves.

    Matomo names the requests that it refuses only to the token of a super user. To others it says how many they were: then all
    that were sent with them are given up, since what it has taken would count twice. Without a token each event is sent by
    itself. Where it fails in the middle it takes back what it has taken, and all are sent again.
    """

    Settings: ClassVar[type[TagSettings]] = MatomoSettings
    _most = 200

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"endpoint": "https://matomo.example.com", "site_id": 1, "token_auth": "0123"},
            event={
                "event_name": "purchase",
                "client_id": "77.1767000000",
                "x-mp-timestamp_micros": 1767312000000000,
                "transaction_id": "A-2040",
                "value": 48.5,
                "currency": "EUR",
                "page_location": "https://shop.example.com/done",
                "page_title": "Done",
                "ip_override": "203.0.113.9",
                "items": [{"item_id": "P1", "item_name": "Lamp", "price": 24.25, "quantity": 2}],
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url="https://matomo.example.com/matomo.php",
                    headers=packing.JSON,
                    body=b'{"requests":["?idsite=1&rec=1&apiv=1&cid=d192de601e2f6372&url=https%3A%2F%2Fshop.example.com%2Fdone'
                    b"&action_name=Done&cip=203.0.113.9&cdt=1767312000&idgoal=0&ec_id=A-2040&revenue=48.5"
                    b'&ec_items=%5B%5B%22P1%22%2C%22Lamp%22%2C%22%22%2C24.25%2C2%5D%5D"],"token_auth":"0123"}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: MatomoSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._url = settings.endpoint if settings.endpoint.endswith(".php") else settings.endpoint + _SCRIPT
        if not settings.token_auth:  # Matomo names no row then
            self._most = 1

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The parameters of one tracking request, as texts."""
        if isinstance(name := named(event), Skip):
            return name
        if name == "purchase" and not commerce.text(event.get("transaction_id")):
            return Skip("Matomo takes a purchase without a transaction_id for a cart")
        at = micros(event, context)
        row = {"idsite": str(self._settings.site_id), "rec": "1", "apiv": "1", **self._tracked(event, at)}
        row |= self._own(name, event) | self._dimensions(event, context)
        return context.payload({"row": row, "at": at}, self._origin)

    def _tracked(self, event: Event, at: int) -> dict[str, str]:
        """What every tracking request says. Whose address it was nobody may say who has no token."""
        return commerce.present(
            cid=_visitor_id(event),
            uid=visitor.user_id(event),
            url=commerce.text(event.get("page_location")),
            urlref=commerce.text(event.get("page_referrer")),
            action_name=commerce.text(event.get("page_title")),
            ua=visitor.agent(event),
            lang=commerce.text(event.get("language")),
            res=commerce.text(event.get("screen_resolution")),
            pv_id=_page_view_id(event),
            cip=visitor.address(event) if self._settings.token_auth else None,
            cdt=str(at // SECOND),
        )

    def _own(self, name: str, event: Event) -> dict[str, str]:
        """What it is to Matomo; of a page view every request has told all."""
        if name == "page_view":
            return {}
        kind = _KINDS.get(name)
        return (kind(event) if kind else {}) or self._event(name, event)

    def _event(self, name: str, event: Event) -> dict[str, str]:
        return commerce.present(
            e_c=commerce.text(event.get("event_category")) or self._settings.event_category,
            e_a=name,
            e_n=commerce.text(event.get("event_label")),
            e_v=commerce.decimal(commerce.number(event.get("value"))),
            ca="1",
            **(_product(event) if name == "view_item" else {}),
        )

    def _dimensions(self, event: Event, context: Context) -> dict[str, str]:
        scope = context.on(event)
        found = {number: text_of(value.evaluate(scope)) for number, value in self._settings.dimensions.items()}
        return {f"dimension{number}": text for number, text in found.items() if text}

    def expired(self, payload: Payload, now: int) -> str | None:
        """Where it happened more than a day ago, and there is no token."""
        if self._settings.token_auth:
            return None
        return older_than(payload, now, OLDEST_WITHOUT_TOKEN, "Matomo without a token_auth")

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:
        """Requests for up to 200, in the order in which it happened: Matomo makes visits of them as they come."""
        order = sorted(range(len(payloads)), key=lambda index: int(payloads[index].body["at"]))
        parts = packing.parts(payloads, self._most, self._most_bytes, order)
        return [self._request(payloads, part, now) for part in parts]

    def _body(self, rows: Sequence[Any]) -> Any:
        envelope: dict[str, Any] = {"requests": [f"?{as_form(row.items()).decode()}" for row in rows]}
        if self._settings.token_auth:
            envelope["token_auth"] = self._settings.token_auth.reveal()
        return envelope

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """By how many it has tracked, and which it calls invalid, where it names them."""
        answer = judging.answer(response)
        said = judging.at(answer, "message") or None
        if not judging.ok(response):
            return judging.refusal(response, said, refused=judging.REFUSED_OR_UNKNOWN)
        if answer.get("status") != "success":
            return judging.taken(response, "Matomo", told=False)
        if not answer.get("invalid"):
            all_in = "tracked" not in answer or judging.counts_all(answer["tracked"], request)
            return judging.taken(response, "Matomo", told=all_in)
        indices = answer.get("invalid_indices")
        if indices is not None:
            named = judging.named([{"index": each} for each in indices] if isinstance(indices, list) else None, request)
            if named is None or len(named) != answer["invalid"]:
                return judging.taken(response, "Matomo", told=False)
            rejected = dict.fromkeys(named, judging.words(response, "Matomo calls it invalid"))
            return judging.by_rows(request, rejected, judging.DELIVERED)
        if len(request.payloads) > 1 and not answer.get("tracked"):
            return Retry(judging.words(response, "none was tracked: is it the right token_auth and site_id?"), credential=True)
        why = "Matomo calls it invalid, or doesn't know the token_auth or the site_id"
        return Rejected(judging.words(response, why if len(request.payloads) == 1 else _NOT_NAMED), of_all=True)

    def parts(self, request: Outbound) -> Sequence[EventPart]:
        """Each tracking request by itself."""
        rows = json.loads(request.body)["requests"] if isinstance(request, OutboundRequest) else []
        return [EventPart(query=row.removeprefix("?")) for row in rows]


def _visitor_id(event: Event) -> str | None:
    """Sixteen hexadecimal digits that stay the same for a ``client_id``."""
    client = commerce.text(event.get("client_id"))
    return hashlib.sha256(client.encode("utf-8", "replace")).hexdigest()[:16] if client else None


def _page_view_id(event: Event) -> str | None:
    """Six characters that all events of one view of a page have in common."""
    page, client = commerce.text(event.get("x-ga-page_id")), commerce.text(event.get("client_id"))
    return hashlib.sha256(f"{client} {page}".encode("utf-8", "replace")).hexdigest()[:6] if page else None


def _search(event: Event) -> dict[str, str]:
    return commerce.present(search=commerce.text(event.get("search_term")))


def _cart(event: Event) -> dict[str, str]:
    goods = [_line(item) for item in commerce.items(event)]
    return commerce.present(
        idgoal="0",
        ec_id=commerce.text(event.get("transaction_id")) if event.get("event_name") == "purchase" else None,
        revenue=commerce.decimal(commerce.value(event)) or "0",
        ec_tx=_amount(event, "tax"),
        ec_sh=_amount(event, "shipping"),
        ec_dt=_amount(event, "discount"),
        ec_items=as_json(goods).decode() if goods else None,
    )


def _line(item: commerce.Item) -> list[Any]:
    sku, name, category = (commerce.text(item.get(key)) or "" for key in ("item_id", "item_name", "item_category"))
    return [sku, name, category, commerce.number(item.get("price")) or 0, commerce.quantity(item)]


def _product(event: Event) -> dict[str, Any]:
    """The first of its items: Matomo knows of one product on a page."""
    item = next(iter(commerce.items(event)), {})
    return commerce.present(
        _pks=commerce.text(item.get("item_id")),
        _pkn=commerce.text(item.get("item_name")),
        _pkc=commerce.text(item.get("item_category")),
        _pkp=commerce.decimal(commerce.number(item.get("price"))),
    )


def _amount(event: Event, name: str) -> str | None:
    return commerce.decimal(commerce.number(event.get(name)))


_KINDS: Final[Mapping[str, Callable[[Event], dict[str, str]]]] = {
    "search": _search,
    "view_search_results": _search,
    "purchase": _cart,
    "add_to_cart": _cart,
}
"""What an event is to Matomo by its name; one that has nothing of it is an event like any other."""
