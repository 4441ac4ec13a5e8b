"""An outage does not move history: what waited goes out with its own time, the visitor's events together."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from core.component import Setup
from core.context import Context
from core.secret import Secret
from core.types import Event, Outbound, OutboundRequest, Payload, Request, Response
from server.http import TransportError
from tags.ga4 import Ga4, Ga4TagSettings

Stage = Any
MINUTE = 60_000_000


def ga4(**settings: Any) -> Ga4:
    return Ga4(Ga4TagSettings.model_validate(settings), Setup("ga4"))


def payload(tag: Ga4, stage: Stage, event: Event, group: str) -> Payload:
    whole = {"event_name": "x", "client_id": "1.2", "x-ga-measurement_id": "G-ABC1234567", **event}
    mapped = tag.map(whole, Context(Request(group, stage.now, "POST", "/g/collect"), "web", whole))
    assert isinstance(mapped, Payload)
    return mapped


class Vendor:
    """Out of reach until told otherwise; remembers what it got."""

    def __init__(self, stage: Stage) -> None:
        self.down = True
        self.got: list[OutboundRequest] = []
        stage.answer = self.answer

    async def answer(self, outbound: Outbound) -> Response:
        if self.down:
            raise TransportError("refused")
        assert isinstance(outbound, OutboundRequest)
        self.got.append(outbound)
        return Response(204)

    def events(self) -> list[tuple[str, str, int]]:
        """Of what came by Measurement Protocol: visitor, event, time."""
        return [
            (body["client_id"], event["name"], event["timestamp_micros"])
            for body in (json.loads(each.body) for each in self.got if "/mp/collect" in each.url)
            for event in body["events"]
        ]


async def twenty_minutes_later(stage: Stage, vendor: Vendor) -> None:
    for _ in range(20):
        await stage.passes(60)
    vendor.down = False
    for _ in range(40):
        await stage.passes(60)


def test_after_twenty_minutes_everything_arrives_with_the_time_at_which_it_happened(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        vendor = Vendor(stage)
        times = {}
        for number in range(30):
            name = f"event_{number}"
            times[name] = stage.now
            await stage.delivery.accept([("ga4", payload(tag, stage, {"event_name": name}, f"r{number}"))])
            await stage.passes(1)
        await twenty_minutes_later(stage, vendor)
        assert {name: time for _, name, time in vendor.events()} == times
        assert len(vendor.events()) == 30
        assert stage.stored() == []

    tag = ga4(api_secret="s3cret")
    stage.tags = {"ga4": tag}
    stage.play(scene)


def test_events_of_one_visitor_share_a_request_and_those_of_another_do_not(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        vendor = Vendor(stage)
        for number in range(40):
            event = {"event_name": f"event_{number}", "client_id": f"{number % 2}.1"}
            await stage.delivery.accept([("ga4", payload(tag, stage, event, f"r{number}"))])
        await twenty_minutes_later(stage, vendor)
        assert len(vendor.events()) == 40
        for request in vendor.got:
            assert len(json.loads(request.body)["events"]) <= 25
        assert len(vendor.got) < 20

    tag = ga4(api_secret="s3cret")
    stage.tags = {"ga4": tag}
    stage.play(scene)


def test_what_may_not_take_that_road_goes_out_late_and_is_counted(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        vendor = Vendor(stage)
        denied = {"event_name": "denied", "x-ga-gcs": "G100"}
        first = {"event_name": "first", "x-ga-system_properties": {"fv": "1"}}
        for group, event in (("a", denied), ("b", first)):
            await stage.delivery.accept([("ga4", payload(tag, stage, event, group))])
        await twenty_minutes_later(stage, vendor)
        assert vendor.events() == []
        assert {dict(parse_qsl(urlsplit(each.url).query))["en"] for each in vendor.got} == {"denied", "first"}
        notes = stage.delivery.health()["notes"]["ga4"]
        assert sum(notes.values()) == 2
        assert all(note.startswith("late by /g/collect: ") for note in notes)

    tag = ga4(api_secret="s3cret")
    stage.tags = {"ga4": tag}
    stage.play(scene)


def test_without_a_secret_everything_goes_out_late_and_is_counted(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        vendor = Vendor(stage)
        await stage.delivery.accept([("ga4", payload(tag, stage, {}, "a"))])
        await twenty_minutes_later(stage, vendor)
        assert ["/g/collect" in each.url for each in vendor.got] == [True]
        assert stage.delivery.health()["notes"] == {"ga4": {"late by /g/collect: the tag has no api_secret": 1}}

    tag = ga4()
    stage.tags = {"ga4": tag}
    stage.play(scene)


def test_what_is_on_time_is_not_counted(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        vendor = Vendor(stage)
        vendor.down = False
        await stage.delivery.accept([("ga4", payload(tag, stage, {}, "a"))])
        await stage.settled()
        assert "/g/collect" in vendor.got[0].url
        assert stage.delivery.health()["notes"] == {}

    tag = ga4(api_secret=Secret("s3cret"))
    stage.tags = {"ga4": tag}
    stage.play(scene)
