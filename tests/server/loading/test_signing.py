"""A key that signs is in nothing that is stored, sent, shown or told, from the file to the last request."""

from __future__ import annotations

import hmac
from pathlib import Path

import pytest

from config.assembly import Assembled
from core.secret import MASK
from core.trace import trace
from core.types import OutboundRequest, Request
from server.inspection import Privacy
from server.loading.configuration import Configuration

KEY = "canary-3f9a-key"
CONFIG = """
clients: {ga4: {measurement_ids: [G-ABC1234567]}}
variables: {signed: "{{ event.client_id | hmac('SIGNING_KEY') }}"}
triggers: {mine: {when: "(event.client_id | hmac('SIGNING_KEY')) != 'x'"}}
transformations: {augment: {parameters: {signature: "{{ var.signed }}"}, when: "var.signed is defined"}}
tags:
  ga4: {}
  hook:
    type: http_request
    triggers: mine
    url: https://example.com/{{ var.signed }}
    headers: {X-Signature: "{{ event.client_id | hmac('SIGNING_KEY', 'base64') }}"}
    body: {signature: "{{ event.signature }}", all: "{{ event }}"}
"""
REQUEST = Request("r", 0, "GET", "/g/collect", query_string="v=2&tid=G-ABC1234567&cid=1.2&en=purchase")
SIGNED = hmac.digest(KEY.encode(), b"1.2", "sha256").hex()


def assembled(folder: Path, masked: bool = False) -> Assembled:
    (folder / "container.yaml").write_text(CONFIG)
    configuration = Configuration(folder / "container.yaml")
    loaded = configuration.load_masked() if masked else configuration.load(serve=True)
    assert loaded.settings, loaded.problems
    assert KEY not in repr(loaded)
    assert loaded.secrets == {"SIGNING_KEY": MASK if masked else KEY}
    return configuration.assemble(loaded, loaded.settings)


def everything(made: Assembled) -> str:
    """What is stored, what is sent and what is told of the request, as text."""
    run = made.container.handle(REQUEST)
    stored = run.deliveries()
    sent = [request for tag, payload in stored for request in made.tags[tag].pack([payload], 0)]
    assert {tag for tag, _ in stored} == {"ga4", "hook"}
    assert all(isinstance(request, OutboundRequest) for request in sent)
    return repr((run, stored, sent, trace(made.container, REQUEST), made))


def test_the_signature_leaves_and_the_key_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_KEY", KEY)
    told = everything(assembled(tmp_path))
    assert KEY not in told
    assert f"https://example.com/{SIGNED}" in told
    assert Privacy([KEY]).text(f"it is {KEY}") == f"it is {MASK}"


def test_where_secrets_are_masked_the_mask_stands_for_the_signature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_KEY", KEY)
    told = everything(assembled(tmp_path, masked=True))
    assert KEY not in told
    assert SIGNED not in told
    assert f"'signature': '{MASK}'" in told
