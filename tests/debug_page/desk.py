"""A real Chromium on the debug page of a real server, and a vendor who obeys."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page

from tests.chromium import chromium
from tests.server.process.destination import Destination
from tests.server.process.harness import Tagyard

SECRETS = {"HOOK_TOKEN": "canary-of-a-secret-4711", "MP_SECRET": "canary-of-another-0815"}
CONFIG = """
clients:
  web: {{type: ga4, measurement_ids: [G-TEST00001]}}
  backend: {{type: measurement_protocol, api_secrets: ["${{MP_SECRET}}"]}}
triggers:
  large: {{event: purchase, when: "event.value > 100 or consent.ad_storage == 'granted'"}}
transformations:
  no_mail: {{type: exclude, parameters: [email]}}
tags:
  ga4: {{endpoint: "{url}"}}
  hook:
    type: http_request
    triggers: [large]
    url: "{url}/orders"
    headers: {{Authorization: "Bearer ${{HOOK_TOKEN}}"}}
    query: {{key: "${{HOOK_TOKEN}}"}}
    body: {{order: "{{{{ event.transaction_id }}}}", email: "{{{{ user.email_sha256 }}}}"}}
"""


@dataclass
class Desk:
    """The vendor, the server, and a page that somebody works with."""

    vendor: Destination
    server: Tagyard
    page: Page
    browser: Browser

    def url(self, path: str) -> str:
        """A page of the admin port."""
        return f"http://127.0.0.1:{self.server.admin}{path}"

    def hit(self, **parameters: str) -> None:
        """A hit as gtag sends it."""
        shared = {"v": "2", "tid": "G-TEST00001", "cid": "1307714608.1760043792", "en": "page_view"}
        self.send(f"/g/collect?{urlencode({**shared, **parameters})}")

    def send(self, path: str, body: bytes = b"", headers: dict[str, str] | None = None, method: str = "POST") -> int:
        """Any request to the public port; the status."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.port}{path}", body, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


@contextmanager
def desk(folder: Path, config: str = CONFIG, workers: int = 1) -> Iterator[Desk]:
    """Everything is started, and gone at the end."""
    path = folder / "container.yaml"
    with Destination() as vendor:
        path.write_text(config.format(url=vendor.url))
        with Tagyard(path, workers, env=SECRETS) as server, chromium() as browser:
            yield Desk(vendor, server, browser.new_page(), browser)
