"""Where an event's visitor is, filled in where the event does not say."""

from __future__ import annotations

from typing import Any

import pytest

from core.component import Client, ClientSettings, Setup
from core.container import Container
from core.location import located
from core.triggers import ALL, always
from core.types import NOWHERE, Claim, Event, Geo, Reply, Request
from tests.core.tiny import Keep, plan

IP = "203.0.113.7"
BAVARIA = Geo("DE", "BY", "Ulm")


def request(geo: Geo, ip: str | None = IP) -> Request:
    return Request("r", 0, "GET", "/", ip=ip, geo=geo)


@pytest.mark.parametrize(
    ("event", "geo", "location"),
    [
        ({}, BAVARIA, {"country": "DE", "region": "BY"}),
        ({}, Geo("DE"), {"country": "DE"}),
        ({"ip_override": IP}, BAVARIA, {"country": "DE", "region": "BY"}),
        ({"event_location": {}}, Geo("DE"), {"country": "DE"}),
        ({"event_location": {"country": "US"}}, BAVARIA, {"country": "US"}),
        ({"ip_override": "198.51.100.1"}, BAVARIA, None),
        ({}, NOWHERE, None),
        ({}, Geo(None, None, "Ulm"), None),
    ],
)
def test_an_event_gets_the_requests_country_where_it_is_its_visitors(event: Event, geo: Geo, location: Any) -> None:
    before = dict(event)
    (after,) = located(Claim([event], Reply(204)), request(geo))
    assert after.get("event_location") == location
    assert event == before, "what a client has claimed is not changed"


def test_without_an_address_the_country_may_still_be_known() -> None:
    (after,) = located(Claim([{}], Reply(204)), request(BAVARIA, None))
    assert after["event_location"] == {"country": "DE", "region": "BY"}
    (other,) = located(Claim([{"ip_override": IP}], Reply(204)), request(BAVARIA, None))
    assert "event_location" not in other


def test_a_servers_events_are_not_where_the_server_is() -> None:
    assert located(Claim([{}], Reply(204), by_visitor=False), request(BAVARIA)) == [{}]


class Claiming(Client):
    """Claims everything as one event."""

    def claim(self, request: Request) -> Claim:  # noqa: ARG002  all are alike
        return Claim([{"event_name": "page_view"}], Reply(204))


@pytest.mark.parametrize("fill", [False, True])
def test_the_container_fills_in_only_when_it_is_told_to(fill: bool) -> None:
    client = Claiming(ClientSettings(), Setup())
    container = Container([("web", client)], [plan("ga4", Keep())], {ALL: always}, fill_location=fill)
    (run,) = container.handle(request(BAVARIA)).events
    assert ("event_location" in run.event) is fill
