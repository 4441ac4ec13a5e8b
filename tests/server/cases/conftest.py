"""A configuration in a folder of its own, whose tests are run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import TypeAlias

import pytest

from server.cases import Result, Suite
from server.loading.configuration import Configuration

CONFIG = """
server: {path_prefix: /metrics}
environment: {STAGE: live}
clients:
  web: {type: ga4, measurement_ids: [G-ABC1234567], cookies: {mode: server}}
  backend: {type: measurement_protocol, api_secrets: ["${MP_SECRET}"]}
triggers: {purchases: {event: purchase}}
deduplicate: {orders: {triggers: purchases, key: "{{ event.transaction_id }}", window: 1d}}
tags:
  ga4: {parameters: {set: {stage: "{{ env.STAGE }}"}}}
  orders:
    type: http_request
    triggers: purchases
    url: https://example.com/orders?a=1
    headers: {Authorization: "Bearer ${TOKEN}", X-Shop: shop}
    body: {order: "{{ event.transaction_id }}", items: "{{ event.items }}", at: "{{ request.time | iso }}"}
  ads: {type: http_request, url: https://example.com/ads, consent: ad_storage, method: GET, query: {id: [a, b]}}
  words: {type: http_request, url: https://example.com/words, format: text, body: "one {{ event.event_name }}"}
  form: {type: http_request, url: https://example.com/form, format: form, body: {en: "{{ event.event_name }}", n: 1}}
  file: {type: log, file: events.jsonl, triggers: purchases}
"""
HIT = "/metrics/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view&ep.email=a%40b.c"

RunTests: TypeAlias = Callable[[str], Sequence[Result]]


@pytest.fixture
def run_tests(tmp_path: Path) -> RunTests:
    """The results of these tests in the configuration above."""

    def run(text: str) -> Sequence[Result]:
        path = tmp_path / "container.yaml"
        path.write_text(f"{CONFIG}\ntests:\n{text}")
        configuration = Configuration(path)
        loaded = configuration.load_masked()
        assert loaded.settings is not None, loaded.problems
        ticks = count()
        return list(Suite(configuration, loaded, loaded.settings, lambda: next(ticks)).run())

    return run
