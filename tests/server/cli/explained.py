"""A configuration to explain, a hit for it, and what is told of one as JSON."""

from __future__ import annotations

import json
from typing import Any

HIT = "/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=purchase&epn.value=5&ep.email=a%40b.c"
CONTAINER = """
clients:
  web: {type: ga4, measurement_ids: [G-ABC1234567]}
  other: {type: ga4, measurement_ids: [G-OTHER00000]}
triggers:
  purchases: {event: purchase}
  refunds: {event: refund, client: other}
transformations:
  no_email: {type: exclude, parameters: [email, items.price]}
  shop: {type: augment, parameters: {shop: s, value: "{{ event.value * 2 }}"}, when: event.value > 0}
tags:
  ga4: {}
  second: {type: ga4, triggers: [purchases]}
  refund: {type: ga4, triggers: [refunds]}
  hook:
    type: http_request
    url: https://example.com/orders
    headers: {Authorization: "Bearer ${TOKEN}"}
  file: {type: log}
"""


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]
