"""A thousand purchases to every platform through the real server: whatever the platform says, each is accounted for."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from server.outbox.row import State
from tests.server.process.harness import Load, Tagyard, ids
from tests.vendors.amplitude import Amplitude
from tests.vendors.bigquery import BigQuery
from tests.vendors.google_ads import GoogleAds
from tests.vendors.kafka import Kafka
from tests.vendors.klaviyo import Klaviyo
from tests.vendors.linkedin import LinkedIn
from tests.vendors.matomo import Matomo
from tests.vendors.meta import Meta
from tests.vendors.microsoft_ads import MicrosoftAds
from tests.vendors.mixpanel import Mixpanel
from tests.vendors.own_api import AllOrNothing, OwnApi, RowByRow
from tests.vendors.pinterest import Pinterest
from tests.vendors.plausible import Plausible
from tests.vendors.posthog import PostHog
from tests.vendors.pubsub import PubSub
from tests.vendors.reddit import Reddit
from tests.vendors.segment import Segment
from tests.vendors.snapchat import Snapchat
from tests.vendors.snowplow import Snowplow
from tests.vendors.stand_in import AGENT, EMAIL, StandIn
from tests.vendors.tiktok import TikTok
from tests.vendors.umami import Umami
from tests.vendors.x import X
from tests.waiting import until

pytestmark = pytest.mark.process

PLATFORMS: list[type[StandIn]] = [
    AllOrNothing,
    Amplitude,
    BigQuery,
    GoogleAds,
    Kafka,
    Klaviyo,
    LinkedIn,
    Matomo,
    Meta,
    MicrosoftAds,
    Mixpanel,
    Pinterest,
    Plausible,
    PostHog,
    PubSub,
    Reddit,
    RowByRow,
    Segment,
    Snapchat,
    Snowplow,
    TikTok,
    Umami,
    X,
]
WHOLE = 100
"""Rounds from which on it is a thousand purchases, and not some hundred."""
PURCHASE = (
    "/g/collect?v=2&tid=G-TEST00001&gcs=G111&gcd=13t3t3t3t5l1&npa=0&dma=0&cid=1307714608.1760043792&sr=1920x1080&_s=1"
    "&sid=1764340309&sct=5&seg=1&dl=https%3A%2F%2Fshop.example%2Fdone&en=purchase&cu=EUR&epn.value=48.5&ep.transaction_id={id}"
    f"&pr1=idP1~nmLamp~pr24.25~qt2&ep.user_data.email_address={EMAIL.replace('@', '%40')}&_ee=1"
)


class Purchases(Load):
    """Each with an order's id, of a browser that says which it is."""

    headers = f"Host: t.example\r\nUser-Agent: {AGENT}\r\n"

    def target(self, hit: str) -> str:
        return PURCHASE.format(id=hit)


@pytest.fixture
def platforms() -> Iterator[Sequence[StandIn]]:
    """All of them, listening."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(kind()) for kind in PLATFORMS]


def sending(folder: Path, platforms: Sequence[StandIn]) -> Tagyard:
    """A server with a tag for each."""
    tags = {platform.tag: platform.settings() for platform in platforms}
    file = folder / "container.yaml"
    file.write_text(f"clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}\ntags: {json.dumps(tags)}\n")
    return Tagyard(file)


def good(platform: StandIn, orders: Sequence[str]) -> set[str]:
    """Those that it takes."""
    return {order for order in orders if not platform.refuses(order)}


def letters(tagyard: Tagyard) -> Mapping[str, int]:
    (worker,) = tagyard.ready()["workers"]
    found: Mapping[str, int] = worker["dead_letters"]
    return found


def answers(data: Path) -> Mapping[str, Sequence[str]]:
    """By tag, what is kept with each dead letter of what its vendor answered."""
    found: dict[str, list[str]] = {}
    for file in data.glob("outbox-*.db"):
        with contextlib.closing(sqlite3.connect(file)) as connection:
            for tag, answer in connection.execute("SELECT tag, answer FROM rows WHERE state = ?", (State.DEAD,)):
                found.setdefault(tag, []).append(answer)
    return found


def test_of_a_thousand_purchases_each_platform_has_those_that_it_takes_and_the_others_are_parked(
    platforms: Sequence[StandIn], tmp_path: Path, rounds: int
) -> None:
    orders = ids("T", 1000 if rounds >= WHOLE else 150)
    with sending(tmp_path, platforms) as tagyard:
        load = Purchases(tagyard.port)
        load.run(orders)
        assert load.acknowledged == set(orders)
        for platform in platforms:
            assert platform.wait_for(good(platform, orders), 120) == set(), platform.tag
        parked = {platform.tag: len(orders) - len(good(platform, orders)) for platform in platforms}
        until(lambda: letters(tagyard) == {tag: count for tag, count in parked.items() if count})
        assert tagyard.stop() == 0
    said = answers(tmp_path / "data")
    for platform in platforms:
        assert platform.faults == [], platform.tag
        assert len(said.get(platform.tag, [])) == parked[platform.tag]
        assert all(each.startswith("HTTP ") and len(each) <= 1024 for each in said.get(platform.tag, [])), platform.tag
        assert set(platform.taken) == good(platform, orders), platform.tag
        assert max(platform.taken.values()) == 1, platform.tag
        if isinstance(platform, OwnApi):  # not one for each event
            assert platform.requests < len(orders), platform.tag


@pytest.mark.parametrize("trouble", ["bad_token", "throttled", "unwell"])
def test_trouble_loses_nothing(platforms: Sequence[StandIn], tmp_path: Path, trouble: str) -> None:
    orders = [order for order in ids("Q", 20) if all(not platform.refuses(order) for platform in platforms)]
    for platform in platforms:
        platform.trouble = getattr(platform, trouble)()
    with sending(tmp_path, platforms) as tagyard:
        Purchases(tagyard.port).run(orders)
        for platform in platforms:
            until(lambda platform=platform: platform.requests > 0)  # type: ignore[misc]  # mypy knows no type of such a default
        if trouble == "bad_token":
            told = [f"tag {platform.tag}: {platform.url} refuses our credential" for platform in platforms]
            until(lambda: all(each in json.dumps(tagyard.ready()) for each in told))
        for platform in platforms:
            platform.trouble = None
        for platform in platforms:
            assert platform.wait_for(set(orders), 120) == set(), platform.tag
        assert letters(tagyard) == {}
        assert tagyard.stop() == 0
    assert [platform.faults for platform in platforms] == [[] for _ in platforms]


def test_a_kill_in_the_middle_loses_none(platforms: Sequence[StandIn], tmp_path: Path) -> None:
    orders = ids("T", 100)
    with sending(tmp_path, platforms) as tagyard:
        load = Purchases(tagyard.port)
        load.run(orders)
        tagyard.kill()
        tagyard.start()
        assert load.acknowledged == set(orders)
        for platform in platforms:
            assert platform.wait_for(good(platform, orders), 120) == set(), platform.tag
        assert tagyard.stop() == 0
    assert [platform.faults for platform in platforms] == [[] for _ in platforms]
