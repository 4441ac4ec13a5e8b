"""The tests of the file: what comes in, and what is expected to come of it.

What stands beside an input says what it is there for. ``client`` beside an ``event`` is part of the input: the client that
is taken to have read the event data (by default the one that is asked first). Anywhere else, beside a ``request`` or a list of
``requests``, it is an expectation: the client that claims each of them; ``null``: none does.

Expectations are subsets: only what is written is compared, and ``null`` means that it must be absent. Lists have as many
entries as are written. Parameters and headers are compared as texts, events and JSON as values.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, Strict

from config.literals import Body, Compared, OneLine, Written
from config.section import SectionSettings
from core.fields import ConsentType, Many
from core.types import HeldBack

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

DEFAULT_CLOCK: Final = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z: what a test without a ``clock`` takes for the present, so that it says the same on every day."""


def _url(written: Written) -> Written:
    try:
        whole = urlsplit(str(written))
    except ValueError as error:
        raise ValueError(f"is no URL: {error}") from None
    if not str(written).startswith("/") and (whole.scheme not in ("http", "https") or not whole.netloc):
        raise ValueError("must be a path and query such as /g/collect?v=2&..., or a whole URL")
    return written


def _clock(value: Any) -> Any:
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("must be a time in ISO 8601, such as 2026-03-01T12:00:00Z") from None
    since = (time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH
    if since.days < 0:
        raise ValueError("must not be before 1970")
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _address(value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        raise ValueError("must be an IP address, such as 203.0.113.7") from None


def is_name(text: str) -> bool:
    """Whether a header or a cookie can have this name."""
    return _TOKEN.fullmatch(text) is not None


def _name(value: str) -> str:
    if not is_name(value):
        raise ValueError("is no name that a header or a cookie can have")
    return value


def _cookie(written: Written) -> Written:
    if ";" in str(written):
        raise ValueError("must not hold a ; which ends a cookie")
    return written


def _bytes(value: Any) -> Any:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise ValueError("must be bytes in base64") from None


Name: TypeAlias = Annotated[str, AfterValidator(_name)]
Clock: TypeAlias = Annotated[int, BeforeValidator(_clock, json_schema_input_type=str)]
"""Microseconds since 1970; without an offset the text is UTC."""


class RequestSettings(SectionSettings):
    """A request as the server gets it, by way of a proxy that it trusts."""

    url: Annotated[OneLine, AfterValidator(_url)] = Field(description="Path and query, or a whole URL, whose host then counts.")
    method: Annotated[str, AfterValidator(str.upper), Field(pattern="^[A-Za-z-]{1,20}$")] | None = Field(
        None, description="By default GET, or POST where there is a body."
    )
    headers: dict[Name, OneLine] = Field({}, description="Its headers.")
    cookies: dict[Name, Annotated[OneLine, AfterValidator(_cookie)]] = Field(
        {}, description="Its cookies by name, encoded as a browser sends them."
    )
    body: Body | None = Field(None, description="Its body: a text, or JSON written as a mapping or a list.")
    body_base64: Annotated[bytes, BeforeValidator(_bytes, json_schema_input_type=str)] | None = Field(
        None, description="Its body in base64, where it is no text."
    )
    ip: Annotated[str, AfterValidator(_address)] | None = Field(None, description="The visitor's address.")


class GivenSettings(SectionSettings):
    """What comes in: a request, or event data as if a client had read it."""

    request: RequestSettings | None = Field(None, description="A request; one that is judged by itself.")
    event: dict[str, Any] | None = Field(None, description="Event data, as if `client` had read it.")
    client: str | None = Field(
        None,
        description="Beside `event`: the client it comes from; by default the one that is asked first. "
        "Otherwise the client that is expected to claim each request; null: none.",
    )
    consent: dict[ConsentType, Literal["granted", "denied", "unset"]] = Field(
        {}, description="Beside `event`: the consent that came with it."
    )
    clock: Clock | None = Field(
        None, description="When it came, in ISO 8601; by default that of the whole test, or else 2026-01-01T00:00:00Z."
    )

    def inputs(self) -> list[str]:
        """Which forms of input are given."""
        return [name for name in ("request", "event") if getattr(self, name) is not None]


class ShortSettings(RequestSettings):
    """A request in a list of them, written short: without the key `request`."""

    client: str | None = Field(None, description="The client that is expected to claim it; null: none.")
    clock: Clock | None = Field(None, description="When it came, in ISO 8601; by default that of the whole test.")


def _in_full(value: Any) -> Any:
    if not isinstance(value, dict) or "url" not in value or "request" in value:
        return value
    beside = {name: item for name, item in value.items() if name in GivenSettings.model_fields}
    return {**beside, "request": {name: item for name, item in value.items() if name not in beside}}


Given: TypeAlias = Annotated[GivenSettings, BeforeValidator(_in_full, json_schema_input_type=GivenSettings | ShortSettings)]
"""In a list of requests ``{url: ...}`` is short for ``{request: {url: ...}}``."""


class SentSettings(SectionSettings):
    """What leaves for one event."""

    url: OneLine | None = Field(None, description="The URL; where it has no query here, without its query.")
    query: dict[str, Compared] = Field({}, description="Parameters of the URL, merged with those of the event's own line.")
    headers: dict[Name, Compared] = Field({}, description="Headers.")
    body: Body | None = Field(None, description="A text that is the whole body, or what its JSON or its form holds; null: none.")


class ReplySettings(SectionSettings):
    """What the sender of a request gets."""

    status: int | None = Field(None, ge=100, le=599, description="The status.")
    headers: dict[Name, Compared] = Field({}, description="Headers.")
    body: Body | None = Field(None, description="A text that is the whole body, or what its JSON holds; null: none.")


Count: TypeAlias = Annotated[int, Strict(), Field(ge=0)]


class CaseSettings(GivenSettings):
    """One test: one of `request`, `event` and `requests`, and what is expected to come of it."""

    name: Annotated[str, Field(min_length=1)] = Field(description="What it proves, in words.")
    requests: Annotated[Many[Given], Field(min_length=1)] | None = Field(
        None, description="Several of either form, one after the other; `deduplicate` counts among them."
    )
    env: dict[str, str] = Field({}, description="Names of `environment` that have another value in this test.")
    events: Count | Many[dict[str, Any]] | None = Field(
        None, description="How many events come of it, or what each holds, in order."
    )
    sent: dict[str, Count | Many[SentSettings] | None] = Field(
        {}, description="By tag: how many events leave, or what leaves for each, in order."
    )
    not_sent: Many[str] = Field([], description="Tags that send nothing.")
    held: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        {},
        description="By tag, why it sends nothing for one event at least: a part of the reason that `tagyard explain` tells, or "
        f"one of {', '.join(HeldBack)}.",
    )
    reply: ReplySettings | None = Field(None, description="What each request is answered with.")

    def inputs(self) -> list[str]:
        """Which forms of input are given."""
        return super().inputs() + (["requests"] if self.requests is not None else [])

    def givens(self) -> Mapping[tuple[str | int, ...], GivenSettings]:
        """What comes in, in order, by where it stands in the test."""
        return {(): self} if self.requests is None else {("requests", at): each for at, each in enumerate(self.requests)}

    @property
    def expects(self) -> bool:
        """Whether anything is expected at all."""
        named = {"events", "sent", "not_sent", "held", "reply"} & self.model_fields_set
        return bool(named) or ("client" in self.model_fields_set and self.event is None)
