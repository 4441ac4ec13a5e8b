"""What is said of requests that no client was asked about, on the page and in the documentation: what came, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Advice(NamedTuple):
    """``status`` 0: nobody is answered. ``title`` is a few words, ``what`` says what came, ``todo`` is for whoever runs this."""

    status: int
    title: str
    what: str
    todo: str


_SEE_WHO: Final = "see who sends it: browsers write it right"
_PLACES: Final = "raise server.max_connections and the limit of open files, or let the proxy keep fewer connections"

ADVICE: Final[Mapping[str, Advice]] = {
    "full": Advice(
        503,
        "outbox full",
        "the outbox takes no more: its folder has reached outbox.max_size, or its disk is nearly full",
        "see which tag fills it (tagyard outbox status), mend its destination or drop what nobody needs, and give the disk room",
    ),
    "not_kept": Advice(
        503,
        "not kept",
        "a client claimed it, and what it gave could not be written to the outbox",
        "the request's page and the log say why: the disk is full or broken, or the streams do not answer",
    ),
    "too_large": Advice(
        413,
        "body too large",
        "the body is larger than server.max_body",
        "raise server.max_body, or let the sender send its events in more requests",
    ),
    "rate_limit": Advice(
        429,
        "too many a second",
        "more requests than server.rate_limit allows one visitor",
        "raise server.rate_limit; where many come through one proxy, list it under server.trusted_proxies",
    ),
    "at_once": Advice(
        429,
        "too many at once",
        "more requests of one visitor were under way than server.max_connections_per_address",
        "raise server.max_connections_per_address where many share an address; many at once from one are an attack",
    ),
    "gone": Advice(
        0,
        "sender gone",
        "the sender left before the body was here: the page was closed, or its connection broke",
        "a few are ordinary; many from one proxy mean that its timeout for sending is too short",
    ),
    "large_cookies": Advice(
        431,
        "cookies too large",
        "the cookies are larger than server.max_cookies",
        "raise server.max_cookies (1 MiB at most), or set fewer cookies on the site's domain",
    ),
    "large_headers": Advice(
        431,
        "head too large",
        "more than 32 KiB or 100 header fields beside the cookies",
        "look at what the proxy adds",
    ),
    "long_request_line": Advice(414, "URL too long", "a URL of more than 16 KiB", "send long hits as a POST"),
    "too_many_connections": Advice(
        503,
        "no place",
        "one connection more than server.max_connections, while none was idle",
        _PLACES,
    ),
    "gave_way": Advice(
        0,
        "gave way",
        "its request had stopped for a second while a new connection found no place (server.max_connections)",
        _PLACES,
    ),
    "too_many_of_one": Advice(
        429,
        "too many of one address",
        "one connection more of an address than server.max_connections_per_address",
        "raise it where many share an address; where that is a proxy's, list it under server.trusted_proxies",
    ),
    "memory": Advice(
        503,
        "memory",
        "requests that were not complete held 256 MiB together, and this one the most for the longest time",
        "many slow uploads at once are an attack: let the proxy in front buffer bodies",
    ),
    "pipelined": Advice(
        429,
        "too many in a row",
        "more than 16 requests on one connection wait for their answers",
        "let it wait for its answers",
    ),
    "slow_head": Advice(
        0,
        "head too slow",
        "the head of a request took more than 10 s",
        "visitors with a bad connection; many at once are an attack",
    ),
    "slow_body": Advice(
        0,
        "body too slow",
        "a body paused for 5 s, came at less than 1 kB/s, or took 30 s",
        "visitors with a bad connection; many at once are an attack",
    ),
    "tls": Advice(
        400, "TLS", "TLS on the port, which speaks plain HTTP", "let the proxy end TLS, and speak http:// to this port"
    ),
    "proxy_protocol": Advice(
        400,
        "PROXY protocol",
        "the first line of the PROXY protocol, which is not spoken here",
        "turn it off at the balancer; X-Forwarded-For names the visitor instead",
    ),
    "http2": Advice(
        400,
        "HTTP/2",
        "HTTP/2 without TLS, and the port speaks HTTP/1.1",
        "set the proxy's protocol towards this server to HTTP/1.1",
    ),
    "no_host": Advice(400, "no Host", "HTTP/1.1 without a Host header", "a health check that sends none can use HTTP/1.0"),
    "two_hosts": Advice(400, "two Hosts", "more than one Host header", _SEE_WHO),
    "malformed_host": Advice(
        400,
        "odd Host",
        "a Host header that is no name and no address, with a port or without",
        "let the proxy or script send the name by which browsers ask",
    ),
    "transfer_coding": Advice(
        400,
        "odd Transfer-Encoding",
        "a Transfer-Encoding other than chunked",
        "send a compressed body with Content-Encoding instead",
    ),
    "expectation": Advice(417, "odd Expect", "an Expect other than 100-continue", _SEE_WHO),
    "unknown_method": Advice(400, "unknown method", "a method that HTTP/1.1 does not know", _SEE_WHO),
    "unknown_version": Advice(400, "unknown version", "a version that is none of HTTP/1.1 and HTTP/1.0", _SEE_WHO),
    "space_in_url": Advice(400, "space in the URL", "a space in the URL", "write it as %20"),
    "control_character": Advice(400, "control character", "a control character in the request line", _SEE_WHO),
    "malformed_request_line": Advice(400, "broken first line", "a first line that is not METHOD /path HTTP/1.1", _SEE_WHO),
    "malformed_headers": Advice(400, "broken headers", "header fields that are malformed", _SEE_WHO),
    "malformed_body": Advice(400, "broken body", "chunks of a body that are malformed", _SEE_WHO),
    "tunnel": Advice(400, "CONNECT", "CONNECT, which asks for a tunnel", "somebody looks for an open proxy: leave it"),
}
"""By the word that counts it, in ``tagyard_turned_away_requests_total`` or ``tagyard_connections_closed_total``."""


def advice_of(reason: str) -> Advice:
    """For a reason of a later version too, whose worker may still run."""
    return ADVICE.get(reason) or Advice(0, reason, "it was refused", "the log may say more")
