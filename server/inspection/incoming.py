"""The request as it came, raw and decoded, and what each client said to it."""

from __future__ import annotations

from typing import Final, TypedDict

from core.types import Request
from server.inspection.bodies import plain
from server.inspection.look import Look
from server.inspection.present import Pairs, ShownBody, body, curl, masked_url, pairs


class AskedClient(TypedDict):
    """What one client said to the request."""

    name: str
    type: str
    asked: str
    words: str


class ShownFinding(TypedDict):
    """What is wrong with a part of the request."""

    field: str
    description: str
    code: str


class Incoming(ShownBody):
    """The request, masked: ``ip`` and ``geo`` where they are known."""

    method: str
    url: str
    ip: str | None
    geo: str | None
    headers: Pairs
    query: Pairs


def incoming(look: Look) -> Incoming:
    """The request, whose path is as it came."""
    request, privacy = look.came, look.privacy
    return {
        "method": request.method,
        "url": masked_url(_url(request), privacy),
        "ip": address(look),
        "geo": place(look),
        "headers": privacy.pairs(request.headers),
        "query": pairs(request.query_string, privacy),
        **body(plain(request), privacy),
    }


def address(look: Look) -> str | None:
    """The visitor's address."""
    ip = look.record.request.ip
    return ip and look.privacy.named("ip_override", ip)


def place(look: Look) -> str | None:
    """Where the visitor is, as far as that is known."""
    geo = look.record.request.geo
    return ", ".join(part for part in (geo.country, geo.region, geo.city) if part) or None


def clients(look: Look) -> list[AskedClient]:
    """Every client, in the order in which they are asked."""
    types = {name: client.type for name, client in look.serving.settings.clients.items()}
    return [
        {"name": each.name, "type": types.get(each.name, ""), "asked": str(each.asked), "words": look.privacy.text(each.words)}
        for each in look.clients
    ]


def findings(look: Look) -> list[ShownFinding]:
    """What is wrong with the request."""
    text = look.privacy.text
    return [
        {"field": text(each.field_path), "description": text(each.description), "code": each.code} for each in look.run.findings
    ]


def as_curl(look: Look) -> str:
    """The command that sends the request again, but for what is masked; to the host that it came to."""
    request, privacy = look.came, look.privacy
    host = privacy.text(request.header("host") or "localhost")
    scheme = "http" if host.partition(":")[0] in _LOOPBACK else "https"
    headers = [(name, text) for name, text in privacy.pairs(request.headers) if name not in _OF_THE_CONNECTION]
    sent = body(plain(request), privacy)["body"]
    return curl(request.method, f"{scheme}://{host}{masked_url(_url(request), privacy)}", headers, sent)


_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1"})
_OF_THE_CONNECTION: Final = frozenset(
    {"host", "content-length", "connection", "transfer-encoding", "content-encoding", "accept-encoding"}
)
"""Headers that curl makes itself, or that were true of the body before it was decompressed."""


def _url(request: Request) -> str:
    return request.path + (f"?{request.query_string}" if request.query_string else "")
