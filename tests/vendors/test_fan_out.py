"""One purchase to eight platforms, one of which is dead for an hour: nobody else notices, and it has everything afterwards."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from core.component import Tag
from core.types import Outbound, OutboundRequest, Payload, Response
from server.http import ConnectionClosed
from tags.google_ads import GoogleAds
from tags.linkedin import LinkedIn
from tags.meta import Meta
from tags.microsoft_ads import MicrosoftAds
from tags.pinterest import Pinterest
from tags.reddit import Reddit
from tags.snapchat import Snapchat
from tags.tiktok import TikTok
from tests.server.delivery.conftest import Stage
from tests.tags.played_vendor import PURCHASE, made, mapped

KEY: Final = json.dumps({"client_email": "robot@project.example", "private_key": "PEM"})
TOKEN: Final = {"access_token": "token"}
TAGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "meta": {"pixel_id": "123456789012345", **TOKEN},
    "google_ads": {"conversion_action_id": "1", "operating_account": {"id": "123-456-7890"}, "service_account": KEY},
    "tiktok": {"pixel_code": "C123EXAMPLE456", **TOKEN},
    "linkedin": {"conversion_rule_id": "23456", **TOKEN},
    "pinterest": {"ad_account_id": "549755885175", **TOKEN},
    "snapchat": {"pixel_id": "6a1f0b2c-3d4e-4f50-8a6b-7c8d9e0f1a2b", **TOKEN},
    "microsoft_ads": {"uet_tag_id": "187012345", **TOKEN},
    "reddit": {"pixel_id": "a2_example", **TOKEN},
}
DEAD: Final = "meta"
HOUR: Final = 3600
ORDERS: Final = 11
"""One each five minutes, all of them within the hour."""
ANSWERS: Final[Mapping[str, tuple[int, Any]]] = {
    "google_ads": (200, {"requestId": "1"}),
    "microsoft_ads": (200, {"eventsReceived": ORDERS}),
    "reddit": (200, {"data": {"message": "Successfully processed."}}),
    "tiktok": (200, {"code": 0}),
    "linkedin": (201, None),
    "pinterest": (200, {"events": [{"status": "processed"}]}),
    "snapchat": (200, {"status": "VALID"}),
}
"""What a platform says that takes one event; Meta tells how many it has received."""


@pytest.fixture
def platforms(tmp_path: Path) -> Stage:
    """A delivery with a tag for each, whose platforms answer."""
    stage = Stage(tmp_path)
    kinds: dict[str, type[Tag]] = {"meta": Meta, "google_ads": GoogleAds, "tiktok": TikTok, "linkedin": LinkedIn}
    kinds |= {"pinterest": Pinterest, "snapchat": Snapchat, "microsoft_ads": MicrosoftAds, "reddit": Reddit}
    stage.tags = {name: made(kinds[name], **settings) for name, settings in TAGS.items()}
    return stage


def purchase(stage: Stage, number: int) -> list[tuple[str, Payload]]:
    """One order, for each tag."""
    event = {**PURCHASE, "event_id": f"e-{number}", "transaction_id": f"T-{number}"}
    found = [(name, mapped(tag, event, received_at=stage.now)) for name, tag in stage.tags.items()]
    return [(name, payload) for name, payload in found if isinstance(payload, Payload)]


def answering(
    stage: Stage, dead: Callable[[], bool], taken: dict[str, Counter[str]]
) -> Callable[[Outbound], Awaitable[Response]]:
    """Each platform counts the orders that it takes; the dead one closes its connections while it is dead."""
    origins = {destination(tag, stage): name for name, tag in stage.tags.items()}

    async def answer(request: Outbound) -> Response:
        assert isinstance(request, OutboundRequest)
        name = next(name for origin, name in origins.items() if request.url.startswith(origin))
        if name == DEAD and dead():
            raise ConnectionClosed("it is dead")
        orders = [word for word in json.dumps(request.body.decode()).replace("\\", "").split('"') if word.startswith("e-")]
        taken.setdefault(name, Counter()).update(orders or ["T"])
        rows = len(json.loads(request.body).get("data", ()))
        status, body = ANSWERS.get(name, (200, {"events_received": rows}))
        return Response(status, (), b"" if body is None else json.dumps(body).encode())

    return answer


def destination(tag: Tag, stage: Stage) -> str:
    """Where a purchase goes by this tag."""
    payload = mapped(tag, PURCHASE, received_at=stage.now)
    assert isinstance(payload, Payload), payload
    return payload.destination


def test_a_platform_that_is_dead_for_an_hour_costs_the_others_nothing_and_gets_everything(platforms: Stage) -> None:
    taken: dict[str, Counter[str]] = {}
    began: list[int] = []

    async def scene(stage: Stage) -> None:
        began.append(stage.now)
        stage.answer = answering(stage, lambda: stage.now < began[0] + HOUR * 1_000_000, taken)
        for number in range(ORDERS):
            assert len(purchase(stage, number)) == len(TAGS)
            await stage.delivery.accept(purchase(stage, number))
            await stage.passes(300)
            alive = {name: sum(orders.values()) for name, orders in taken.items()}
            assert alive == dict.fromkeys(TAGS.keys() - {DEAD}, number + 1)
        for _ in range(40):
            await stage.passes(300)
        assert {name: sum(orders.values()) for name, orders in taken.items()} == dict.fromkeys(TAGS, ORDERS)
        assert set(taken[DEAD]) == {f"e-{number}" for number in range(ORDERS)}
        assert (stage.delivery.board.rows_by_tag().total(), stage.delivery.board.dead_letters().total()) == (0, 0)

    platforms.play(scene)
