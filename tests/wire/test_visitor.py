"""Whom an event names, for vendors that want an id: never an e-mail address in clear."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from core.component import Tag
from core.types import Payload
from tags.amplitude import Amplitude
from tags.linkedin import LinkedIn
from tags.matomo import Matomo
from tags.mixpanel import Mixpanel
from tags.posthog import PostHog
from tags.segment import Segment
from tags.snowplow import Snowplow
from tags.umami import Umami
from tests.tags.played_vendor import PURCHASE, made, mapped, requests
from wire.conversions.visitor import client_id, user_id

ADDRESS: Final = "Jane.Doe@example.com"

TAGS: Final[list[tuple[type[Tag], dict[str, Any]]]] = [
    (Amplitude, {"api_key": "k"}),
    (LinkedIn, {"conversion_rule_id": "1", "access_token": "t", "external_ids": True}),
    (Matomo, {"endpoint": "https://matomo.example", "site_id": 1, "token_auth": "t"}),
    (Mixpanel, {"project_token": "t"}),
    (PostHog, {"api_key": "k"}),
    (Segment, {"write_key": "k"}),
    (Snowplow, {"endpoint": "https://snowplow.example", "app_id": "shop"}),
    (Umami, {"website_id": "94db1cb1-74f4-4a40-ad6c-962362670409", "endpoint": "https://umami.example"}),
]


def test_an_id_is_itself_and_an_address_its_hash() -> None:
    assert (user_id({"user_id": " u-7 "}), client_id({"client_id": "1.2"})) == ("u-7", "1.2")
    assert (user_id({}), client_id({"client_id": ""})) == (None, None)
    hashes = {user_id({"user_id": ADDRESS}), client_id({"client_id": ADDRESS})}
    assert len(hashes) == 1
    assert "@" not in str(hashes)


@pytest.mark.parametrize(("kind", "settings"), TAGS, ids=lambda each: getattr(each, "__name__", ""))
def test_an_address_in_the_place_of_an_id_leaves_as_its_hash(kind: type[Tag], settings: dict[str, Any]) -> None:
    event = {**PURCHASE, "user_id": ADDRESS, "client_id": ADDRESS}
    del event["user_data"]
    tag = made(kind, **settings)
    found = mapped(tag, event)
    assert isinstance(found, Payload), found
    written = json.dumps(found.body) + "".join(str(request) for request in requests(tag, found))
    assert "jane.doe" not in written.lower()
