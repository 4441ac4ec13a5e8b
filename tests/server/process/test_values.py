"""What leaves a running server of what people typed: article numbers whole, persons as a hash or not at all, and counted."""

from __future__ import annotations

import hashlib
import json
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.server.process.destination import Destination
from tests.server.process.harness import Tagyard
from tests.waiting import until

pytestmark = pytest.mark.process

CONFIG = """
clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}
transformations:
  no_names: {{type: redact, patterns: [email, phone]}}
tags:
  ga4: {{endpoint: "{url}", user_data: hashed}}
  hook:
    type: http_request
    url: "{url}/orders"
    body: {{email: "{{{{ user.email_sha256 }}}}", phone: "{{{{ user.phone_sha256 }}}}", city: "{{{{ user.city_sha256 }}}}"}}
"""
HIT = {
    "v": "2",
    "tid": "G-TEST00001",
    "cid": "1307714608.1760043792",
    "en": "purchase",
    "ep.hit": "typed",
    "ep.transaction_id": "Bestellung 0123-456789",
    "dt": "Danke, 0170 1234567",
    "pr1": "id0815-47110~nmBolt~k0note~v0+49 170 1234567",
    "ep.user_data.email": "Jane.Doe+shop@GoogleMail.com ",
    "ep.user_data.phone_number": "0049 (0)170 1234567",
    "dl": "https://shop.example/p/0815-47110",
}


def test_ids_leave_whole_and_people_as_a_hash_and_what_was_taken_out_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "container.yaml"
    with Destination() as vendor:
        path.write_text(CONFIG.format(url=vendor.url))
        with Tagyard(path) as server:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/g/collect?{urlencode(HIT)}", timeout=60) as answer:
                assert answer.status in (200, 204)
            until(lambda: len(vendor.requests) >= 2)
            metrics = urllib.request.urlopen(f"http://127.0.0.1:{server.admin}/metrics", timeout=60).read().decode()
        sent = {urlsplit(url).path: (parse_qs(urlsplit(url).query), body) for url, body in vendor.requests}
    ga4, order = sent["/g/collect"][0], json.loads(sent["/orders"][1])
    assert ga4["ep.transaction_id"] == ["Bestellung 0123-456789"]
    assert ga4["dl"] == ["https://shop.example/p/0815-47110"]
    assert ga4["dt"] == ["Danke, [redacted]"]
    assert ga4["pr1"][0].split("~")[0] == "id0815-47110"
    assert "1234567" not in str(sent)
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in PEOPLE.items()}
    assert order == hashes
    assert [ga4["ep.user_data.sha256_email_address"], ga4["ep.user_data.sha256_phone_number"]] == [
        [each] for each in hashes.values()
    ]
    for parameter in ("page_title", "items.note"):
        assert f'tagyard_redacted_parameters_total{{parameter="{parameter}",transformation="no_names",worker="0"}} 1.0' in metrics


PEOPLE = {"email": "janedoe@googlemail.com", "phone": "+491701234567"}
