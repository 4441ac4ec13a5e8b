"""Serves the demo shop, a page whose buttons send hits as gtag.js would."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from typing import ClassVar, Final

import orjson
from pydantic import Field

from core.component import Client, ClientExample, ClientSettings, Setup
from core.types import Claim, Declined, Reply, Request
from wire.replies import other_method, other_path

_PAGE = files("clients").joinpath("demo.html").read_text(encoding="utf-8")


def _hash_of(tag: str) -> str:
    """The Content-Security-Policy source that allows the page's one inline block of this kind."""
    found = re.search(f"<{tag}>(.*?)</{tag}>", _PAGE, re.DOTALL)
    digest = hashlib.sha256(found[1].encode() if found else b"").digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src {_hash_of('script')}",
        f"style-src {_hash_of('style')}",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = (
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-cache"),
    ("content-security-policy", _POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
)


_PATH: Final = "/"
_OTHER_PATH: Final = other_path([_PATH])


def _page(measurement_id: str, debug_page: str | None = None) -> bytes:
    settings = orjson.dumps({"measurement_id": measurement_id, "debug_page": debug_page}).decode()
    return _PAGE.replace("$SETTINGS", settings.replace("<", "\\u003c"), 1).encode()


class DemoSettings(ClientSettings):
    """Serves a small shop at ``/`` for trying things out. Its hits go to ``g/collect`` beside it, to a ``ga4`` client."""

    measurement_id: str = Field(
        "G-DEMO000001", min_length=1, description="The id that the page's hits carry; it can be changed there."
    )
    debug_page: str | None = Field(
        None,
        pattern=r"^https?://[^/?#\s]+/$",
        description="The address of the debug page, as the browser reaches it (`http://localhost:8081/`): each hit then links to "
        "its request there, by parameters that hits have anyway.",
    )


class Demo(Client):
    """Serves the demo shop, a page whose buttons send hits as gtag.js would."""

    Settings: ClassVar[type[ClientSettings]] = DemoSettings

    examples: ClassVar = [
        ClientExample(
            title="The page, with an id of one's own",
            settings={"measurement_id": "G-ABC1234567", "priority": -100},
            request=Request(id="r1", received_at=1_700_000_000_000_000, method="GET", path="/"),
            events=[],
            reply=Reply(200, _HEADERS, _page("G-ABC1234567")),
        )
    ]

    def __init__(self, settings: DemoSettings, setup: Setup) -> None:  # noqa: ARG002  it has no name or secret to use
        self._claim = Claim((), Reply(200, _HEADERS, _page(settings.measurement_id, settings.debug_page)))

    def claim(self, request: Request) -> Claim | Declined:
        """The page, for a GET of ``/``."""
        if request.path != _PATH:
            return _OTHER_PATH
        return self._claim if request.method == "GET" else other_method(request.method, "the page is asked for by GET")
