"""An outbox in streams of NATS JetStream, as the file names it: where its servers are, and what opens them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from config.section import SectionSettings
from core.fields import Many
from core.secret import Secret

STREAM: Final = "TAGYARD"
"""What the stream is called where the URL does not say it."""

_HOST: Final = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_URL: Final = re.compile(
    rf"(?P<scheme>nats|tls)://(?P<hosts>{_HOST}(?:,{_HOST})*)(?:/(?P<stream>[A-Za-z0-9_-]{{1,40}})?)?", re.ASCII
)
_WITH_PORT: Final = re.compile(r":([0-9]+)$", re.ASCII)
_PORT: Final = 4222
_HIGHEST_PORT: Final = 65535

_ADDRESS: Final = re.compile(r"https?://[^\s/?#@]+/?")

_FORM: Final = (
    "must be nats://HOST:PORT, or tls://…, with more servers behind commas and the stream's name behind a slash: "
    "nats://a:4222,b:4222,c:4222/TAGYARD"
)
_NO_SECRETS: Final = "a user and a password belong to `outbox.nats`, not to the URL: URLs are shown and logged"


def is_broker(url: str) -> bool:
    """Whether it means streams that machines share, however it goes on."""
    return url.startswith(("nats:", "tls:"))


def check_broker(url: str) -> None:
    """Raises ValueError for what is no such URL; the text never holds it."""
    if "@" in url:
        raise ValueError(_NO_SECRETS)
    found = _URL.fullmatch(url)
    if found is None or any(_port(host) > _HIGHEST_PORT for host in found["hosts"].split(",")):
        raise ValueError(_FORM)


def servers_of(url: str) -> Sequence[str]:
    """The URL of each server that the URL of an outbox names, with its port; none where it is another outbox."""
    found = _URL.fullmatch(url)
    if found is None:
        return ()
    hosts = found["hosts"].split(",")
    return [f"{found['scheme']}://{host}{'' if _port(host) else f':{_PORT}'}" for host in hosts]


def stream_of(url: str) -> str:
    """The name of the stream."""
    found = _URL.fullmatch(url)
    return (found and found["stream"]) or STREAM


def _port(host: str) -> int:
    """The one that is written; 0 where none is."""
    written = _WITH_PORT.search(host)
    return int(written[1]) if written else 0


def _monitoring(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise ValueError("must be an address without a path, such as http://a:8222")
    return address


class NatsSettings(SectionSettings):
    """What opens the servers of a ``nats:`` outbox, and where they say how durable they are."""

    credentials: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="A file of credentials (.creds); a relative path starts at this file. Instead of `user`."
    )
    user: Annotated[str, Field(min_length=1)] | None = Field(None, description="Who connects; with `password`.")
    password: Secret | None = Field(None, description="The user's.")
    authority: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="The certificates, as PEM, of whoever vouches for the servers' own over TLS; a relative path starts at this"
        " file. Default: those that the system trusts.",
    )
    monitoring: Many[Annotated[str, AfterValidator(_monitoring)]] = Field(
        [],
        description="The monitoring address of every server, such as http://a:8222: there alone it says whether it flushes each "
        "write to the disk. Without it durability is `unverified`.",
    )
