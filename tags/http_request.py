"""Sends an HTTP request of the user's own making."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from core.component import Setup, Tag, TagExample, TagSettings, judge_by_status
from core.context import Context, Scope
from core.expressions.values import text_of
from core.fields import Duration, Many, Template
from core.percent import escaped
from core.product import USER_AGENT
from core.secret import MASK, SealedText, Secret, fill
from core.types import Delivered, Event, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Skip
from core.undefined import UNDEFINED
from core.url import Url, printable
from wire import authorization
from wire.authorization import Auth, BasicAuth
from wire.bodies import as_form, as_json
from wire.own_data import own_data

_BODYLESS = frozenset({"GET", "HEAD"})
_CONTENT_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded", "text": "text/plain; charset=utf-8"}
_OURS = frozenset({"connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)
_STATUSES = re.compile(r"([1-5]\d\d)(?:-([1-5]\d\d))?", re.ASCII)
_CONTROL = dict.fromkeys((*range(32), 127), " ")


def _header_name(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{name!r} is no header name")
    if name.lower() in _OURS:
        raise ValueError(f"{name} is set by the connection itself: leave it out")
    return name.lower()


def _status(text: str) -> str:
    found = _STATUSES.fullmatch(text)
    if not found or int(found[2] or found[1]) < int(found[1]):
        raise ValueError(f"{text!r} is no status: write 404 or a range such as 200-299")
    return text


HeaderName = Annotated[str, AfterValidator(_header_name)]
Statuses = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) is int else value, json_schema_input_type=int | str),
    AfterValidator(_status),
]


class SignSettings(BaseModel):
    """A signature by which the receiver knows that the body is ours: HMAC-SHA256 of its bytes, in hexadecimal."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    header: HeaderName = Field(description="The header that carries the signature.")
    secret: Secret = Field(description="The key that both sides know; give it as ${NAME}.")


class HttpRequestSettings(TagSettings):
    """Sends one HTTP request for every event.

    Entries without a value are left out. A line break or another control character in a header's value becomes a
    space, and text beyond ASCII goes out as UTF-8. Redirects are not followed: a 3xx is a refusal unless ``success`` lists it.
    """

    url: Url = Field(
        description="Where to. Scheme, host and the `/` after it are plain text; after them `{{ }}` is percent-encoded."
    )
    method: Literal["POST", "GET", "PUT", "PATCH", "DELETE", "HEAD"] = Field("POST", description="GET and HEAD carry no body.")
    query: dict[str, Template] = Field({}, description="Parameters added to the url; a list repeats its name.")
    headers: dict[HeaderName, Template] = Field({}, description="Headers; they replace the ones that are sent anyway.")
    format: Literal["json", "form", "text"] = Field(
        "json", description="How the body is written. `form` needs a mapping; values that are no text are written as JSON."
    )
    body: Template | None = Field(
        None,
        description="What is sent; default: the event data without `user_data`, `x-ga-*` and `x-sst-*`. Undefined: none sent.",
    )
    auth: Auth | None = Field(
        None,
        description="By what right: a `username` and a `password`, or, by its `type`, a token of a Google service account "
        "(`google_service_account`) or one by a client's id and secret (`oauth2_client_credentials`).",
    )
    sign: SignSettings | None = Field(None, description="A header with the body's HMAC-SHA256.")
    timeout: Duration | None = Field(None, gt=0, description="For the whole exchange; default: that of all deliveries.")
    success: Many[Statuses] = Field(
        ["200-299"], min_length=1, description="The statuses that count as delivered, such as `[200-299, 404]`."
    )

    def composes(self) -> bool:
        return self.body is not None or self.method in _BODYLESS

    @field_validator("body", mode="before")
    @classmethod
    def _fits_the_format(cls, value: Any, info: ValidationInfo) -> Any:
        written = info.data.get("format")
        text = str(value).strip() if isinstance(value, str | SealedText) else ""
        if written == "form" and value is not None and not isinstance(value, dict | Template) and not text.startswith("{{"):
            raise ValueError("a form is a mapping of names and values")
        if written == "json" and text and not (text.startswith("{{") and text.endswith("}}")):
            raise ValueError(
                "JSON is written as a mapping or a list, which keeps every value safe; for plain text set `format: text`"
            )
        return value

    @model_validator(mode="after")
    def _agree(self) -> HttpRequestSettings:
        if self.body is not None and self.method in _BODYLESS:
            raise ValueError(f"a {self.method} carries no body: use query, or another method")
        if self.auth and "authorization" in self.headers:
            raise ValueError("auth and the header Authorization exclude each other")
        if self.sign and self.sign.header in self.headers:
            raise ValueError(f"the header {self.sign.header} is the signature's")
        return self


class HttpRequest(Tag):
    """Sends an HTTP request of the user's own making.

    What is stored is ``{"url", "query", "headers", "body"}``, empty parts left out; it is written out when it is sent. All of it
    is written anew for each event, so events never share a request: lists of them need a tag that knows how they look.
    """

    Settings: ClassVar[type[TagSettings]] = HttpRequestSettings

    examples: ClassVar = [
        TagExample(
            title="An order for a system of one's own",
            settings={
                "url": "https://example.com/orders/{{ event.transaction_id }}",
                "query": {"shop": "{{ event.shop }}", "coupon": "{{ event.coupon }}"},
                "headers": {"X-Source": "tagyard"},
                "body": {"order": "{{ event.transaction_id }}", "total": "{{ event.value }}", "coupon": "{{ event.coupon }}"},
            },
            event={"event_name": "purchase", "transaction_id": "T/1", "value": 25.5, "shop": "A & B"},
            sends=[
                OutboundRequest(
                    method="POST",
                    url="https://example.com/orders/T%2F1?shop=A%20%26%20B",
                    headers=(("user-agent", USER_AGENT), ("content-type", "application/json"), ("x-source", "tagyard")),
                    body=b'{"order":"T/1","total":25.5}',
                    payloads=(0,),
                )
            ],
        ),
        TagExample(
            title="The event data as it is, signed",
            settings={"url": "https://example.com/hook", "sign": {"header": "X-Signature", "secret": "key"}, "timeout": "5s"},
            event={"event_name": "sign_up", "client_id": "1.2", "x-ga-gcs": "G111", "user_data": {"email": "a@example.com"}},
            sends=[
                OutboundRequest(
                    method="POST",
                    url="https://example.com/hook",
                    headers=(
                        ("user-agent", USER_AGENT),
                        ("content-type", "application/json"),
                        ("x-signature", "9dd1fcf3a068ea6eddd3c11b410dfc67addeff832e32f715312a33161c9988f5"),
                    ),
                    body=b'{"event_name":"sign_up","client_id":"1.2"}',
                    payloads=(0,),
                    timeout=5.0,
                )
            ],
        ),
        TagExample(
            title="A GET with a password, for an API that only reads queries",
            settings={
                "url": "https://example.com/track?v=1",
                "method": "GET",
                "query": {"event": "{{ event.event_name }}", "tag": "{{ event.tags }}"},
                "auth": {"username": "me", "password": "secret"},
            },
            event={"event_name": "page_view", "tags": ["a", "b"]},
            sends=[
                OutboundRequest(
                    method="GET",
                    url="https://example.com/track?v=1&event=page_view&tag=a&tag=b",
                    headers=(("user-agent", USER_AGENT), ("authorization", "Basic bWU6c2VjcmV0")),
                    body=b"",
                    payloads=(0,),
                )
            ],
        ),
    ]

    def __init__(self, settings: HttpRequestSettings, setup: Setup) -> None:
        self._settings = settings
        self._secrets = setup.secrets
        self._with_body = settings.method not in _BODYLESS
        self._success = frozenset(code for text in settings.success for code in _codes(text))
        self._grant = None if not settings.auth or isinstance(settings.auth, BasicAuth) else authorization.grant(settings.auth)
        self._standard = {"user-agent": USER_AGENT}
        if self._with_body:
            self._standard["content-type"] = _CONTENT_TYPES[settings.format]

    @property
    def literal_origins(self) -> frozenset[str]:
        """That of the url, which is always written out."""
        return frozenset({self._settings.url.origin})

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The parts of the request, with every template evaluated and nothing encoded but the url."""
        settings, scope = self._settings, context.on(event)
        message: dict[str, Any] = {"url": settings.url.evaluate(scope)}
        if message["url"] is UNDEFINED:
            return Skip("a value would climb out of the url's path")
        for part, templates in (("query", settings.query), ("headers", settings.headers)):
            if templates:
                message[part] = _evaluated(templates, scope)
        if self._with_body:
            message["body"] = settings.body.evaluate(scope) if settings.body else own_data(event)
            if message["body"] is UNDEFINED:
                return Skip("the body is undefined")
            if settings.format == "form" and not isinstance(message["body"], dict):
                return Skip("the body is no mapping, which a form needs")
        return context.payload(message, settings.url.origin)

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:  # noqa: ARG002  the body carries its own time
        """One request for each payload."""
        return [self._request(index, payload) for index, payload in enumerate(payloads)]

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:  # noqa: ARG002
        """Delivered on the statuses of ``success`` and on no other."""
        if response.status in self._success:
            return Delivered()
        outcome = judge_by_status(response)
        return Rejected(f"HTTP {response.status} is not among success") if isinstance(outcome, Delivered) else outcome

    def _request(self, index: int, payload: Payload) -> OutboundRequest:
        message: Mapping[str, Any] = fill(payload.body, payload.secrets, self._secrets)
        body = self._encoded(message["body"]) if self._with_body and "body" in message else b""
        url = printable(message["url"])
        if query := "&".join([f"{escaped(name)}={escaped(text)}" for name, text in _pairs(message.get("query", {}))]):
            url += f"{'&' if '?' in url else '?'}{query}"
        headers = {**self._standard, **message.get("headers", {}), **self._credentials(body)}
        safe = tuple((name, _header_text(value)) for name, value in headers.items())
        return OutboundRequest(self._settings.method, url, safe, body, (index,), self._settings.timeout, self._grant)

    def _encoded(self, body: Any) -> bytes:
        if self._settings.format == "json":
            return as_json(body)
        if self._settings.format == "text":
            return _text(body).encode(errors="replace")
        return as_form(_pairs(body))

    def _credentials(self, body: bytes) -> dict[str, str]:
        auth, sign = self._settings.auth, self._settings.sign
        headers = {"authorization": authorization.header(auth)} if isinstance(auth, BasicAuth) else {}
        if sign:
            key = sign.secret.reveal()
            headers[sign.header] = MASK if key == MASK else hmac.digest(key.encode(), body, "sha256").hex()
        return headers


def _codes(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _evaluated(templates: Mapping[str, Template], scope: Scope) -> dict[str, Any]:
    values = {name: template.evaluate(scope) for name, template in templates.items()}
    return {name: value for name, value in values.items() if value is not UNDEFINED}


def _pairs(fields: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    listed = [(name, value if isinstance(value, list) else [value]) for name, value in fields.items()]
    return [(name, _text(item)) for name, items in listed for item in items]


def _text(value: Any) -> str:
    return text_of(value) or ""


def _header_text(value: Any) -> str:
    """One line, as UTF-8 bytes in the latin-1 text that a connection writes."""
    return _text(value).translate(_CONTROL).strip().encode(errors="replace").decode("latin-1")
