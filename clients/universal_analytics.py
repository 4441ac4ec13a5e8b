"""Claims Universal Analytics hits: ``/collect`` and ``/batch`` with ``v=1``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final

from pydantic import Field

from core.component import Client, ClientExample, ClientSettings, Setup
from core.fields import Many
from core.types import Claim, Declined, Reply, Request
from wire.ga4.findings import Findings
from wire.ga4.query import OversizedHitError
from wire.replies import PREFLIGHT, hit_reply, other_path, refusal
from wire.universal_analytics.decode import decode, read_hits

_PATHS = ["/collect", "/batch", "/r/collect", "/j/collect"]
_OTHER_METHOD: Final = Declined("hits come by GET or POST", "method")
_OTHER_VERSION: Final = Declined("neither the query nor the first line of the body has v=1", "version")


class UniversalAnalyticsSettings(ClientSettings):
    """Claims Universal Analytics hits (Measurement Protocol version 1), one or a batch."""

    activation_paths: Many[Annotated[str, Field(pattern="^/")]] = Field(_PATHS, description="The paths whose hits are claimed.")


class UniversalAnalytics:
    """Claims Universal Analytics hits (Measurement Protocol version 1): an image, a POST, or a batch of up to 20 lines.

    Each hit is an event; an ``item`` hit is part of its transaction's event where that is in the same batch. Names of
    the event data are those of GA4 where there is one, and ``x-ga-mp1-NAME`` for every other parameter.
    """

    Settings: ClassVar[type[ClientSettings]] = UniversalAnalyticsSettings

    examples: ClassVar[Sequence[ClientExample]] = (
        ClientExample(
            title="A screen view of an app, as an image",
            request=Request(
                id="r1",
                received_at=1_764_340_311_502_000,
                method="GET",
                path="/collect",
                query_string="v=1&tid=UA-1-1&cid=555&t=screenview&an=myApp&version=1.6.2&aid=com.foo.myapp&cd=home&z=42",
                headers=(("user-agent", "Mozilla/5.0"), ("accept", "image/avif,image/webp,*/*")),
                ip="203.0.113.7",
            ),
            events=(
                {
                    "x-ga-protocol_version": "1",
                    "x-ga-measurement_id": "UA-1-1",
                    "client_id": "555",
                    "event_name": "screen_view",
                    "app_name": "myApp",
                    "x-ga-mp1-version": "1.6.2",
                    "app_id": "com.foo.myapp",
                    "screen_name": "home",
                    "ip_override": "203.0.113.7",
                    "user_agent": "Mozilla/5.0",
                },
            ),
            reply=Reply(
                200,
                (("content-type", "image/gif"), ("cache-control", "no-cache")),
                bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"),
            ),
        ),
        ClientExample(
            title="A batch from a till: the item is part of its transaction, the visitor's address is masked",
            settings={"activation_paths": "/app"},
            request=Request(
                id="r2",
                received_at=1_764_340_324_410_000,
                method="POST",
                path="/app",
                body=b"v=1&tid=UA-1-1&cid=555&t=transaction&ti=T12&tr=11.90&tt=1.9&cu=EUR&uip=203.0.113.7&aip=1\n"
                b"v=1&tid=UA-1-1&cid=555&t=item&ti=T12&in=Runner&ip=5&iq=2&ic=SKU1&iv=Shoes\n"
                b"v=1&tid=UA-1-1&cid=555&t=event&ec=Video&ea=Play+now&ev=300\n",
            ),
            events=(
                {
                    "x-ga-protocol_version": "1",
                    "x-ga-measurement_id": "UA-1-1",
                    "client_id": "555",
                    "event_name": "purchase",
                    "transaction_id": "T12",
                    "currency": "EUR",
                    "value": 11.9,
                    "x-ga-mp1-tr": "11.90",
                    "tax": 1.9,
                    "x-ga-mp1-tt": "1.9",
                    "ip_override": "203.0.113.0",
                    "items": [
                        {"item_name": "Runner", "price": 5, "quantity": 2, "item_id": "SKU1", "item_category": "Shoes"},
                    ],
                },
                {
                    "x-ga-protocol_version": "1",
                    "x-ga-measurement_id": "UA-1-1",
                    "client_id": "555",
                    "event_name": "play_now",
                    "event_category": "Video",
                    "event_action": "Play now",
                    "value": 300,
                    "x-ga-mp1-ev": "300",
                },
            ),
            reply=Reply(204, (("cache-control", "no-cache"),)),
        ),
    )

    def __init__(self, settings: UniversalAnalyticsSettings, setup: Setup) -> None:  # noqa: ARG002  its name makes no difference
        self._paths = frozenset(settings.activation_paths)
        self._other_path = other_path(settings.activation_paths)

    def claim(self, request: Request) -> Claim | Declined:
        """The hits' events. A request with more hits or parameters than are allowed is answered with 400."""
        if request.path not in self._paths:
            return self._other_path
        if request.method == "OPTIONS":
            return Claim((), PREFLIGHT)
        if request.method not in ("GET", "POST"):
            return _OTHER_METHOD
        findings = Findings()
        try:
            hits = read_hits(request.query_string, request.body, findings)
        except OversizedHitError as error:
            return Claim((), refusal(str(error)))
        if hits is None:
            return _OTHER_VERSION
        decoded = decode(hits, _known(request), request.received_at, findings)
        return Claim(decoded.events, hit_reply(request), findings=decoded.findings)


def _known(request: Request) -> dict[str, str]:
    """What the request itself says of the visitor, under the parameters by which a hit overrides it."""
    known = {"uip": request.ip, "ua": request.header("user-agent")}
    return {name: text for name, text in known.items() if text is not None}


_: type[Client] = UniversalAnalytics
