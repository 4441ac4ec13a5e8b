from __future__ import annotations

import pytest

from core.types import Headers, Request
from wire.replies import hit_reply, refusal


@pytest.mark.parametrize(
    ("method", "headers", "type"),
    [
        ("GET", (), None),
        ("GET", (("accept", "*/*"),), None),
        ("GET", (("accept", "text/html,image/png"),), None),
        ("GET", (("accept", "image/png"),), "image/gif"),
        ("POST", (("accept", "image/png"),), None),
    ],
)
def test_only_an_image_gets_an_image(method: str, headers: Headers, type: str | None) -> None:
    reply = hit_reply(Request("r1", 0, method, "/", headers=headers))
    assert dict(reply.headers).get("content-type") == type
    assert (reply.status, reply.body[:6]) == ((200, b"GIF89a") if type else (204, b""))
    assert dict(reply.headers)["cache-control"] == "no-cache"


def test_a_refusal_says_why_on_a_line() -> None:
    assert (refusal("no").status, refusal("no").body) == (400, b"no\n")
