"""Real senders, installed from their registries and pointed at the running server: what they send arrives, with every field."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import ga4mp
import google_measurement_protocol
import pytest
from prices import Money

from tests.server.process.destination import Destination
from tests.server.process.harness import ROOT, Tagyard

pytestmark = [
    pytest.mark.process,
    pytest.mark.filterwarnings("default::ResourceWarning"),  # the senders leave their sockets to the garbage collector
]

SECRET = "s3cret-of-the-backend"
CONFIG = """
clients:
  backend:
    type: measurement_protocol
    measurement_ids: [G-SHOP000001, "1:234:android:abc123"]
    api_secrets: ["${{MP_SECRET}}"]
  apps: {{type: universal_analytics, activation_paths: [/collect, /batch, /app]}}
tags:
  ga4: {{endpoint: "{ga4}", measurement_id: G-SHOP000001, api_secret: "${{GA4_SECRET}}", triggers: from_backend}}
  event: {{type: http_request, url: "{webhook}/event", body: "{{{{ event }}}}"}}
triggers:
  from_backend: {{client: backend}}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tagyard, Destination, Destination]]:
    config = tmp_path_factory.mktemp("real") / "container.yaml"
    with Destination() as google, Destination() as webhook:
        config.write_text(CONFIG.format(ga4=google.url, webhook=webhook.url))
        with Tagyard(config, env={"MP_SECRET": SECRET, "GA4_SECRET": "of-the-stream"}) as tagyard:
            yield tagyard, google, webhook


@pytest.fixture(autouse=True)
def _fresh(world: tuple[Tagyard, Destination, Destination]) -> None:
    for destination in world[1:]:
        destination.requests.clear()


def arrived(destination: Destination, count: int) -> list[tuple[str, bytes]]:
    with destination.changed:
        assert destination.changed.wait_for(lambda: len(destination.requests) >= count, 60), destination.requests
    return sorted(destination.requests, key=lambda request: request[1])


def events(destination: Destination, count: int) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in arrived(destination, count)]


def test_a_backdated_purchase_by_ga4mp(world: tuple[Tagyard, Destination, Destination]) -> None:
    tagyard, google, webhook = world
    sender = ga4mp.GtagMP(api_secret=SECRET, measurement_id="G-SHOP000001", client_id="1307714608.1760043792")
    sender._base_domain = f"http://127.0.0.1:{tagyard.port}/mp/collect"
    sender.store.set_user_property("tier", "gold")
    sender.store.set_user_property("user_id", "U-42")
    item = {"item_id": "SKU-1", "item_name": "Runner ~ one", "price": 59.5, "quantity": 2, "colour": "red"}
    purchase = sender.create_new_event("purchase")
    for name, value in {"transaction_id": "T-7", "value": 119.0, "currency": "EUR", "items": [item]}.items():
        purchase.set_event_param(name, value)
    an_hour_ago = datetime.datetime.now() - datetime.timedelta(hours=1)
    sender.send([purchase], date=an_hour_ago)

    (event,) = events(webhook, 1)
    stamp = int(time.mktime(an_hour_ago.timetuple()) * 1e6)
    assert (
        event.items()
        >= {
            "event_name": "purchase",
            "client_id": "1307714608.1760043792",
            "user_id": "U-42",
            "transaction_id": "T-7",
            "value": 119.0,
            "currency": "EUR",
            "items": [item],
            "x-ga-measurement_id": "G-SHOP000001",
            "x-ga-mp2-user_properties": {"tier": "gold"},
            "x-mp-timestamp_micros": stamp,
        }.items()
    )
    assert SECRET not in json.dumps(event)

    ((url, body),) = arrived(google, 1)
    assert dict(parse_qsl(urlsplit(url).query)) == {"measurement_id": "G-SHOP000001", "api_secret": "of-the-stream"}
    sent = json.loads(body)
    assert (sent["client_id"], sent["user_id"], sent["user_properties"]) == (
        "1307714608.1760043792",
        "U-42",
        {"tier": {"value": "gold"}},
    )
    (sent_event,) = sent["events"]
    assert sent_event["timestamp_micros"] == stamp
    assert sent_event["params"].items() >= {"transaction_id": "T-7", "value": 119.0, "currency": "EUR", "items": [item]}.items()


def test_an_app_by_ga4mp(world: tuple[Tagyard, Destination, Destination]) -> None:
    tagyard, google, webhook = world
    instance = "0123456789abcdef0123456789abcdef"
    sender = ga4mp.FirebaseMP(api_secret=SECRET, firebase_app_id="1:234:android:abc123", app_instance_id=instance)
    sender._base_domain = f"http://127.0.0.1:{tagyard.port}/mp/collect"
    sender.send([{"name": "level_up", "params": {"level": 5, "character": "Ada"}}])
    (event,) = events(webhook, 1)
    assert (
        event.items()
        >= {
            "event_name": "level_up",
            "level": 5,
            "character": "Ada",
            "x-mp-firebase_app_id": "1:234:android:abc123",
            "x-mp-app_instance_id": instance,
        }.items()
    )
    ((url, body),) = arrived(google, 1)
    assert "firebase_app_id=1%3A234%3Aandroid%3Aabc123" in url
    assert json.loads(body)["app_instance_id"] == instance


def test_an_event_by_google_measurement_protocol(
    world: tuple[Tagyard, Destination, Destination], monkeypatch: pytest.MonkeyPatch
) -> None:
    tagyard, _, webhook = world
    sender = sys.modules["google_measurement_protocol.report"]  # the package has a function of this name
    monkeypatch.setattr(sender, "TRACKING_URI", f"http://127.0.0.1:{tagyard.port}/collect")
    items = [
        google_measurement_protocol.enhanced_item(
            "Socks", Money(4, "EUR"), 3, item_id="SKU-2", brand="Weft", category="Shoes/Kids", variant="red"
        )
    ]
    payloads = google_measurement_protocol.enhanced_purchase("T-9", items, Money(12, "EUR"), "/thanks", tax=Money(2, "EUR"))
    answers = google_measurement_protocol.report("UA-12345-6", "555", payloads)
    assert {answer.status_code for answer in answers} == {204}
    event = next(each for each in events(webhook, 2) if each.get("transaction_id"))
    assert (
        event.items()
        >= {"client_id": "555", "x-ga-measurement_id": "UA-12345-6", "value": 12, "tax": 2, "page_path": "/thanks"}.items()
    )
    assert (
        event["items"][0].items()
        >= {
            "item_id": "SKU-2",
            "item_name": "Socks",
            "item_brand": "Weft",
            "item_category": "Shoes",
            "item_category2": "Kids",
            "item_variant": "red",
            "price": 4,
            "quantity": 3,
        }.items()
    )


def test_a_batch_by_universal_analytics(world: tuple[Tagyard, Destination, Destination]) -> None:
    tagyard, _, webhook = world
    script = ROOT / "tests" / "real_clients" / "universal_analytics.js"
    command = ["node", str(script), f"http://127.0.0.1:{tagyard.port}"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.stdout.strip(), ended.returncode) == ("sent", 0), ended.stderr
    by_name = {event["event_name"]: event for event in events(webhook, 3)}
    assert by_name["screen_view"].items() >= {"screen_name": "Home", "app_name": "Till", "app_version": "1.6.2"}.items()
    assert (
        by_name["page_view"].items() >= {"page_path": "/checkout", "page_hostname": "shop.example", "page_title": "Kasse"}.items()
    )
    assert (
        by_name["play_trailer"].items()
        >= {
            "event_category": "Video",
            "event_label": "Holidays",
            "value": 42,
            "x-ga-mp1-cd1": "dimension",
            "x-ga-mp1-cm2": "7",
        }.items()
    )
    assert all(event["client_id"] == "35009a79-1a05-49d7-b876-2b884d0f825b" for event in by_name.values())


def test_a_screen_view_by_image(world: tuple[Tagyard, Destination, Destination], tmp_path: Path) -> None:
    tagyard, _, webhook = world
    url = f"http://127.0.0.1:{tagyard.port}/app?v=1&tid=UA-1-1&cid=555&t=screenview&an=myApp&aid=com.foo.myapp&cd=home"
    curl = ["curl", "-s", "-D", "-", "-o", str(tmp_path / "pixel.gif"), "-H", "Accept: image/avif,image/webp,*/*", url]
    head = subprocess.run(curl, capture_output=True, text=True, timeout=60, check=True).stdout.lower()
    assert head.startswith("http/1.1 200")
    assert "content-type: image/gif" in head
    assert (tmp_path / "pixel.gif").read_bytes().startswith(b"GIF89a")
    (event,) = events(webhook, 1)
    assert (
        event.items()
        >= {"event_name": "screen_view", "app_name": "myApp", "app_id": "com.foo.myapp", "screen_name": "home"}.items()
    )
