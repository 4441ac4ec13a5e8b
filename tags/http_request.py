"""Sends an HTTP request of the user's own making."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Final, Literal

import orjson
from pydantic import Field, ValidationInfo, field_validator, model_validator

from core.component import Batch, EventPart, Setup, Tag, TagExample, TagSettings, judge_by_status, undivided
from core.context import Context, Scope
from core.expressions.names import ANSWERED
from core.fields import Duration, Template
from core.percent import escaped
from core.product import USER_AGENT
from core.secret import SealedText, fill
from core.settings import Steps
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Response, Skip
from core.undefined import UNDEFINED
from core.url import Url, printable
from wire import authorization
from wire.authorization import Auth, BasicAuth
from wire.bodies import as_form, as_json
from wire.conversions import judging, packing
from wire.own_data import own_data
from wire.requests import writing
from wire.requests.batching import BatchSettings, apart, put
from wire.requests.headers import HeaderName, SignSettings
from wire.requests.success import Judge, Success, SuccessSettings

MOST_BYTES: Final = 1 << 20
_BODYLESS = frozenset({"GET", "HEAD"})
_CONTENT_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded", "text": "text/plain; charset=utf-8"}


class HttpRequestSettings(TagSettings):
    """Sends an HTTP request for every event, or for several.

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
    batch: BatchSettings | None = Field(None, description="Several events in one request. Default: a request for each.")
    success: Success = Field(
        SuccessSettings(),
        description="What counts as delivered: a status or a list of them, `[200-299, 404]`, or what holds of the answer, "
        "`answer.code == 0`; or a mapping of these.",
    )

    def own_names(self, at: Steps) -> Collection[str]:
        return ANSWERED if at[:1] == ("success",) else ()

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
        if self.batch and (self.method in _BODYLESS or self.format != "json"):
            raise ValueError("batch makes one JSON body of several: it needs a method with a body, and format: json")
        if self.success.row is not None and not self.batch:
            raise ValueError("success.row is about one of several events, which only batch sends together: write success.when")
        if self.auth and "authorization" in self.headers:
            raise ValueError("auth and the header Authorization exclude each other")
        if self.sign and self.sign.header in self.headers:
            raise ValueError(f"the header {self.sign.header} is the signature's")
        return self


class HttpRequest(Tag):
    """Sends an HTTP request of the user's own making.

    What is stored is ``{"url", "query", "headers", "body"}``, empty parts left out; it is written out when it is sent. With
    ``batch`` the bodies of several events become one, where all else of their requests is the same. A request that is refused as
    a whole is sent again in halves, until only the events that are to blame are given up.
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
            title="A hundred events in one request, of which the answer tells each",
            settings={
                "url": "https://example.com/events",
                "body": {"id": "{{ event.event_id }}", "name": "{{ event.event_name }}"},
                "batch": {"most": 100, "linger": "2s", "wrap": {"source": "shop", "data": "{{ rows }}"}},
                "success": {"when": "answer.code == 0", "row": "answer.results[index].ok", "retry": "answer.code == 429"},
            },
            event={"event_name": "sign_up", "event_id": "e-51"},
            sends=[
                OutboundRequest(
                    method="POST",
                    url="https://example.com/events",
                    headers=(("user-agent", USER_AGENT), ("content-type", "application/json")),
                    body=b'{"source":"shop","data":[{"id":"e-51","name":"sign_up"}]}',
                    payloads=(0,),
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
        self._judge = Judge(settings.success, setup.shared, self._rows)
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

    @property
    def batch(self) -> Batch | None:
        """As many as the file says."""
        batch = self._settings.batch
        return Batch(batch.most, MOST_BYTES, batch.linger) if batch else None

    def companions(self, payload: Payload, now: int) -> str | None:  # noqa: ARG002
        """Those with the same url, query and headers."""
        return apart(payload) if self._settings.batch else None

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:  # noqa: ARG002  the body carries its own time
        """One request for each payload, or for a batch of those that differ in their bodies alone."""
        batch = self._settings.batch
        if batch is None:
            return [self._request((index,), self._filled(payload)) for index, payload in enumerate(payloads)]
        alike: dict[str, list[int]] = {}
        for index, payload in enumerate(payloads):
            alike.setdefault(apart(payload), []).append(index)
        wrap = batch.around.filled(self._secrets)
        return [
            self._together(payloads, part, wrap)
            for found in alike.values()
            for part in packing.parts(payloads, batch.most, MOST_BYTES, found)
        ]

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """As ``success`` says."""
        return self._judge.judge(request, response) if isinstance(request, OutboundRequest) else judge_by_status(response)

    def parts(self, request: Outbound) -> Sequence[EventPart]:
        """Of a batch each event's body by itself."""
        batch = self._settings.batch
        return packing.shown(request, *batch.around.steps) if batch else undivided(request)

    def _rows(self, request: OutboundRequest) -> Sequence[Any]:
        batch = self._settings.batch
        found = judging.at(orjson.loads(request.body), *batch.around.steps) if batch else None
        return found if isinstance(found, list) else ()

    def _filled(self, payload: Payload) -> dict[str, Any]:
        return dict(fill(payload.body, payload.secrets, self._secrets))

    def _together(self, payloads: Sequence[Payload], part: Sequence[int], wrap: Any) -> OutboundRequest:
        messages = [self._filled(payloads[index]) for index in part]
        batch = self._settings.batch
        rows = [message.get("body") for message in messages]
        return self._request(tuple(part), {**messages[0], "body": put(wrap, batch.around.steps if batch else (), rows)})

    def _request(self, indices: tuple[int, ...], message: Mapping[str, Any]) -> OutboundRequest:
        body = self._encoded(message["body"]) if self._with_body and "body" in message else b""
        url = printable(message["url"])
        if query := "&".join([f"{escaped(name)}={escaped(text)}" for name, text in writing.pairs(message.get("query", {}))]):
            url += f"{'&' if '?' in url else '?'}{query}"
        headers = {**self._standard, **message.get("headers", {}), **self._credentials(body)}
        safe = tuple((name, writing.header_text(value)) for name, value in headers.items())
        return OutboundRequest(self._settings.method, url, safe, body, indices, self._settings.timeout, self._grant)

    def _encoded(self, body: Any) -> bytes:
        if self._settings.format == "json":
            return as_json(body)
        if self._settings.format == "text":
            return writing.text(body).encode(errors="replace")
        return as_form(writing.pairs(body))

    def _credentials(self, body: bytes) -> dict[str, str]:
        auth, sign = self._settings.auth, self._settings.sign
        headers = {"authorization": authorization.header(auth)} if isinstance(auth, BasicAuth) else {}
        if sign:
            headers[sign.header] = sign.signature(body)
        return headers


def _evaluated(templates: Mapping[str, Template], scope: Scope) -> dict[str, Any]:
    values = {name: template.evaluate(scope) for name, template in templates.items()}
    return {name: value for name, value in values.items() if value is not UNDEFINED}
