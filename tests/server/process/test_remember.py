"""A click on an ad, by a real connection: the browser gets its cookies, and the platform hears of the same ids at once."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.server.process.harness import Tagyard
from tests.vendors.meta import PIXEL, TOKEN
from tests.vendors.meta import Meta as Checked
from tests.vendors.stand_in import AGENT, Call

pytestmark = pytest.mark.process


class Meta(Checked):
    """Keeps what it hears of people."""

    def __init__(self) -> None:
        super().__init__()
        self.people: list[dict[str, Any]] = []

    def answer(self, call: Call) -> tuple[int, Any]:
        rows = call.json()["data"]
        self.people += [row["user_data"] for row in rows]
        return 200, {"events_received": len(rows), "messages": []}


def send(port: int, page: str, cookies: Mapping[str, str], consent: str) -> dict[str, str]:
    """One hit over a connection of its own; the cookies that its reply sets."""
    sent = f"Cookie: {'; '.join(f'{name}={value}' for name, value in cookies.items())}\r\n" if cookies else ""
    target = f"/g/collect?v=2&tid=G-TEST00001&cid=1.2&gcs={consent}&gcd={GCD[consent]}&en=page_view&dl={quote(page, safe='')}"
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(
            f"GET {target} HTTP/1.1\r\nHost: data.shop.example\r\nUser-Agent: {AGENT}\r\n{sent}Connection: close\r\n\r\n".encode()
        )
        reply = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert reply.startswith("HTTP/1.1 204"), reply
    lines = [line.partition(": ")[2] for line in reply.splitlines() if line.lower().startswith("set-cookie: ")]
    assert all("Domain=shop.example; Path=/; Secure; SameSite=Lax" in line for line in lines)
    return dict(line.partition(";")[0].split("=", 1) for line in lines)


GCD = {"G111": "13t3t3t3t5l1", "G101": "13q3t3q3q5l1"}


def test_the_click_is_kept_and_the_platform_hears_of_the_same_from_the_first_hit_on(tmp_path: Path) -> None:
    with Meta() as meta:
        file = tmp_path / "container.yaml"
        tag = {"pixel_id": PIXEL, "access_token": TOKEN, "endpoint": meta.url}
        client = {"measurement_ids": ["G-TEST00001"], "remember": ["meta", "google_ads"]}
        file.write_text(json.dumps({"clients": {"ga4": client}, "tags": {"meta": tag}}))
        with Tagyard(file) as tagyard:
            page = "https://www.shop.example/shoes?fbclid=IwAR0x-1&gclid=Cj0K"
            assert send(tagyard.port, page, {}, "G101") == {}
            first = send(tagyard.port, page, {}, "G111")
            again = send(tagyard.port, "https://www.shop.example/done", first, "G111")
            assert isinstance(meta, Meta)
            with meta.changed:
                assert meta.changed.wait_for(lambda: len(meta.people) == 2, 60)
            with urllib.request.urlopen(f"http://127.0.0.1:{tagyard.admin}/metrics", timeout=60) as answer:
                metrics = answer.read().decode()
    assert set(first) == {"_fbc", "_fbp", "_gcl_aw"}
    assert first["_fbc"].endswith(".IwAR0x-1")
    assert again == {"_fbc": first["_fbc"], "_fbp": first["_fbp"]}
    assert [(each["fbc"], each["fbp"]) for each in meta.people] == [(first["_fbc"], first["_fbp"])] * 2
    counted = [line for line in metrics.splitlines() if line.startswith("tagyard_remembered_requests_total{")]
    assert sorted(line.partition("outcome=")[2] for line in counted) == ['"consent",worker="0"} 1.0', '"set",worker="0"} 2.0']
