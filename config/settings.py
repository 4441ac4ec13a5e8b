"""The settings of the file as a whole: what is typed, checked and handed on. Components bring settings models of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from config.broker import NatsSettings, check_broker, is_broker, servers_of, stream_of
from config.cases import CaseSettings
from config.networks import ProxyNetwork
from config.places import Address, HeaderName, Host, Listening, Origin, PathPrefix, is_loopback
from config.section import SectionSettings
from core.component import ClientSettings, ComponentSettings, Setup, TagSettings, TransformationSettings
from core.deduplication import DeduplicationSettings
from core.fields import ConsentType, Duration, Many, Size, Template
from core.registry import ComponentKind
from core.secret import MASK, PLACEHOLDER, Secret
from core.triggers import TriggerSettings
from core.variables import VariableSettings

__all__ = ["Configured", "GeoSettings", "LogSettings", "NatsSettings", "OutboxSettings", "ServerSettings", "Settings"]

SHORTEST_TOKEN = 16
"""Characters of an admin token."""

_NEW_TOKEN = "`openssl rand -hex 24` makes one"

OPEN_ADMIN = "the admin port shows visitors' data, and off loopback it is not opened without a token"


def _guarding(secret: Secret) -> Secret:
    """A token that keeps others out. Raises for one that does not, without telling it."""
    token = secret.reveal()
    if not token.strip():
        raise PydanticCustomError("weak_secret", f"is blank, which guards nothing: {_NEW_TOKEN}")
    if token != token.strip():
        raise PydanticCustomError("weak_secret", "must neither begin nor end with a space: nobody could type it as it is")
    if len(token) < SHORTEST_TOKEN and token not in (MASK, PLACEHOLDER):
        raise PydanticCustomError(
            "weak_secret", f"must have {SHORTEST_TOKEN} characters or more, since it guards visitors' data: {_NEW_TOKEN}"
        )
    return secret


class GeoSettings(SectionSettings):
    """Where visitors are. A header counts only where a trusted proxy has sent it."""

    country: HeaderName | None = Field(None, description="The header that holds the country, such as CF-IPCountry.")
    region: HeaderName | None = Field(None, description="The header that holds the region: BY, DE-BY or DEBY.")
    city: HeaderName | None = Field(None, description="The header that holds the city's name.")
    database: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="A MaxMind database of cities or countries (.mmdb), for visitors of whose country no header tells."
    )
    fill_event: bool = Field(
        False,
        description="Puts country and region into event_location where a hit has none, so that reports keep them "
        "when the address is redacted.",
    )

    @property
    def headers(self) -> Mapping[str, str | None]:
        """By part of the geo (country, region, city) the header's name as written."""
        return {"country": self.country, "region": self.region, "city": self.city}


class LogSettings(SectionSettings):
    """What is logged, on standard error. A line never holds event data, a visitor's address or a secret."""

    format: Literal["auto", "console", "json"] = Field(
        "auto", description="console: lines to read; json: one object a line; auto: console on a terminal, else json."
    )
    level: Literal["info", "debug"] = Field(
        "info", description="debug: a line for each event that is left out as a duplicate, too."
    )
    access: float = Field(
        0.0, ge=0, le=1, description="The share of requests that get an access line: 0 none, 0.01 one in a hundred, 1 all."
    )


class TracesSettings(SectionSettings):
    """Where traces go. Needs the extra: ``pip install 'tagyard[otel]'``."""

    endpoint: Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+(/[^\s#]*)?$")] = Field(
        "http://localhost:4318/v1/traces", description="A collector that takes OTLP over HTTP."
    )
    sample: float = Field(0.01, ge=0, le=1, description="The share of requests that are traced, with all their deliveries.")


class RateLimitSettings(SectionSettings):
    """What one address may send to each worker, all paths together but for health checks; of IPv6 it is the /64 that counts."""

    per_second: float = Field(gt=0, description="Requests a second, in the long run.")
    burst: int = Field(100, ge=1, description="Requests at once, by whoever has not sent any for a while.")


def _in_full(value: Any) -> Any:
    """A plain number is the pace. One out of the environment comes as a text."""
    return {"per_second": value} if isinstance(value, int | float | str) and not isinstance(value, bool) else value


class ServerSettings(SectionSettings):
    """The two ports and their limits."""

    listen: Listening = Field(Address("0.0.0.0", 8080), description="The public port: what the clients claim, and health.")
    admin_token: Annotated[Secret, AfterValidator(_guarding)] | None = Field(
        None, description="Who opens the admin port has to give this; needed where that port is not a loopback address."
    )
    admin: Listening = Field(
        Address("127.0.0.1", 8081),
        description="The port for whoever runs this: debug page, metrics, readiness. Off loopback it needs admin_token.",
    )
    recorded_requests: int = Field(
        500,
        ge=0,
        le=10_000,
        description="Requests that each worker remembers for the debug page, in memory alone; 0: none. While nobody looks"
        " at that, 100 a second at most, and those that no client takes or that make one fail.",
    )
    log: LogSettings = Field(LogSettings(), description="What is logged.")
    traces: TracesSettings | None = Field(
        None, description="OpenTelemetry traces of requests and deliveries; needs `pip install 'tagyard[otel]'`."
    )
    path_prefix: PathPrefix = Field(
        "", description="Where the server is mounted under the site's own domain, such as /metrics; the proxy keeps it."
    )
    public_host: Host | None = Field(
        None,
        description="The host name by which browsers reach this server, where the Host header says another; "
        "by default the Host header, or what a trusted proxy says of it.",
    )
    behind: Literal["cloudflare", "fastly", "cloud_run", "cloudfront"] | None = Field(
        None, description="The proxy in front: its networks are trusted, its address and geo headers are read."
    )
    trusted_proxies: Many[ProxyNetwork] = Field(
        [],
        description="Whose Forwarded, X-Forwarded-For, -Proto and -Host and geo headers are believed: networks, addresses, "
        "private, loopback, cloudflare, fastly, cloud_run or cloudfront.",
    )
    geo: GeoSettings = Field(GeoSettings(), description="Where visitors are.")
    allowed_origins: Many[Origin] = Field(
        [],
        description="Websites that may read replies: exact origins or https://*.example.com; an app's own, such as "
        "capacitor://localhost; null for sandboxed pages, without credentials. "
        "Empty: https origins of the same registrable domain.",
    )
    max_body: Size = Field(1 << 20, ge=1, description="The largest body of a request.")
    max_cookies: Size = Field(
        64 << 10, ge=1 << 10, le=1 << 20, description="The cookies of a request, beside 32 KiB of its other header fields."
    )
    max_connections: int = Field(
        4096,
        ge=1,
        description="Open connections of each worker. One more takes the place of one that is not in use, or is refused. "
        "Fewer where the limit of open files leaves no room.",
    )
    max_connections_per_address: int | None = Field(
        None,
        ge=1,
        description="Open connections of one address in each worker; behind a trusted proxy, requests of one visitor at the "
        "same time. By default as many as he likes: a whole office may share one address.",
    )
    rate_limit: Annotated[
        RateLimitSettings | None, BeforeValidator(_in_full, json_schema_input_type=RateLimitSettings | float | None)
    ] = Field(
        None,
        description="How many requests one visitor may send; more are answered with 429. A plain number is `per_second`. "
        "By default as many as he likes.",
    )
    keep_alive: Duration | None = Field(
        None,
        ge=1,
        le=7200,
        description="How long a connection may be idle between two requests; by default 920s for trusted proxies, "
        "15s for everybody else. It has to be longer than the proxy's own.",
    )
    shutdown_grace: Duration = Field(10.0, description="How long a stop waits for what is under way.")

    @field_validator("admin")
    @classmethod
    def _guarded(cls, admin: Address, info: ValidationInfo) -> Address:
        if info.data.get("admin_token", ...) is None and not is_loopback(admin.host):
            raise ValueError(f"{OPEN_ADMIN}: set admin_token, or let admin be a loopback address such as 127.0.0.1:8081")
        return admin


_FILES = "sqlite:"


def _outbox_url(value: str) -> str:
    if is_broker(value):
        check_broker(value)
    elif not value.startswith(_FILES) or value == _FILES:
        raise ValueError("must be sqlite:FOLDER, such as sqlite:data, or nats://HOST:PORT")
    return value


class DeadLetterSettings(SectionSettings):
    """What becomes of what was given up."""

    max_age: Duration | None = Field(
        None, gt=0, description="What was given up longer ago is removed for good; null: it is kept until somebody drops it."
    )


class OutboxSettings(SectionSettings):
    """Where deliveries wait until they are made. A 2xx always means that they are on the disk."""

    url: Annotated[str, AfterValidator(_outbox_url)] = Field(
        "sqlite:data",
        description="sqlite:FOLDER; a relative folder starts at this file. Or nats://HOST:PORT[,HOST:PORT...][/STREAM], with tls "
        "instead of nats where TLS is a must: streams that several machines share; needs `pip install 'tagyard[jetstream]'`.",
    )
    nats: NatsSettings = Field(NatsSettings(), description="What opens the servers of a nats: outbox.")
    max_size: Size = Field(
        16 << 30,
        ge=1,
        description="All its files together; full, it accepts nothing more. Of a nats: outbox the stream's own size counts, and "
        "`tagyard outbox init` makes it with this one.",
    )
    max_age: Duration = Field(72 * 3600.0, gt=0, description="What is not delivered by then becomes a dead letter.")
    dead_letters: DeadLetterSettings = Field(DeadLetterSettings(), description="How long dead letters are kept.")

    @property
    def folder(self) -> str:
        """The data folder as written: that of a ``sqlite:`` outbox; else where a process keeps what is its own."""
        return "data" if self.servers else self.url.removeprefix(_FILES)

    @property
    def servers(self) -> Sequence[str]:
        """The URL of each server of a ``nats:`` outbox; none of another."""
        return servers_of(self.url)

    @property
    def stream(self) -> str:
        """The name of the stream of a ``nats:`` outbox."""
        return stream_of(self.url)

    @property
    def shared(self) -> bool:
        """Whether several machines work on it."""
        return bool(self.servers)


Kept = TypeVar("Kept", bound=ComponentSettings)


@dataclass(frozen=True, slots=True)
class Configured(Generic[Kept]):
    """A component of the file: its class is built as ``component(settings, setup)``."""

    name: str
    kind: ComponentKind
    type: str
    component: Callable[[Kept, Setup], Any]
    settings: Kept


@dataclass(frozen=True, slots=True)
class Settings:
    """A file without mistakes. Components, variables and triggers are in the file's order."""

    environment: Mapping[str, str]
    server: ServerSettings
    outbox: OutboxSettings
    clients: Mapping[str, Configured[ClientSettings]]
    transformations: Mapping[str, Configured[TransformationSettings]]
    tags: Mapping[str, Configured[TagSettings]]
    consent: Mapping[ConsentType, Template]
    variables: Mapping[str, VariableSettings]
    triggers: Mapping[str, TriggerSettings]
    exceptions: list[str]
    deduplicate: Mapping[str, DeduplicationSettings]
    tests: Mapping[int, CaseSettings]
    """By their place in the list."""

    @property
    def components(self) -> Sequence[Configured[Any]]:
        """Clients, transformations and tags."""
        return [*self.clients.values(), *self.transformations.values(), *self.tags.values()]
