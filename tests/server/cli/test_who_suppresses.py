"""Who suppresses whom by `deduplicate`, told by a file's own tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FILE = """
clients:
  web: {type: ga4, measurement_ids: [G-ABC1234567], cookies: {mode: server}}
  backend: {type: measurement_protocol, measurement_ids: [G-ABC1234567], api_secrets: ["${MP_SECRET}"]}
triggers:
  purchases: {event: purchase}
deduplicate:
  orders: {triggers: purchases, key: "{{ event.transaction_id }}"}
tags:
  ga4: {}
tests:
  - name: a stranger's guess does not suppress the shop's word
    requests:
      - url: "/g/collect?v=2&tid=G-ABC1234567&cid=6.6&en=purchase&ep.transaction_id=T-1"
      - url: "/mp/collect?measurement_id=G-ABC1234567&api_secret=${MP_SECRET}"
        body: {client_id: "1.2", events: [{name: purchase, params: {transaction_id: T-1}}]}
      - url: "/mp/collect?measurement_id=G-ABC1234567&api_secret=${MP_SECRET}"
        body: {client_id: "1.2", events: [{name: purchase, params: {transaction_id: T-1}}]}
      - url: "/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=purchase&ep.transaction_id=T-1"
    sent: {ga4: 2}
  - name: browser and shop count once, in either order
    requests:
      - url: "/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=purchase&ep.transaction_id=T-1"
      - url: "/mp/collect?measurement_id=G-ABC1234567&api_secret=${MP_SECRET}"
        body: {client_id: "1.2", events: [{name: purchase, params: {transaction_id: T-1}}]}
    sent: {ga4: 1}
"""


def test_a_guess_suppresses_no_server_and_an_honest_pair_counts_once(run: Any, folder: Path) -> None:
    (folder / "container.yaml").write_text(FILE, encoding="utf-8")
    result = run("test")
    assert result.exit_code == 0, result.output
