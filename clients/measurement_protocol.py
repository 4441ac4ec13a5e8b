"""Claims what servers and apps post by GA4's Measurement Protocol: ``/mp/collect``, and ``/debug/mp/collect`` to validate."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import ClassVar, Final, Literal, Self

from pydantic import Field

from core.component import Client, ClientExample, ClientSettings, Doubt, Setup, Shape, WholeFile
from core.fields import Many
from core.secret import Secret
from core.types import Claim, Declined, Finding, Reply, Request
from wire.activation import ActivationPaths, PathAndIdSettings
from wire.ga4.streams import of_clients_and_tags, open_to_all
from wire.limits import MOST_TEXT, Limit
from wire.measurement_protocol.compression import RefusedBodyError, decoded
from wire.measurement_protocol.decode import decode_all
from wire.measurement_protocol.document import Document, read
from wire.measurement_protocol.firebase import STREAM_OR_APP, is_of_firebase
from wire.measurement_protocol.validator import as_messages, enforces, examine
from wire.replies import not_among, other_method, other_path

_PATH: Final = "/mp/collect"
_DEBUG: Final = "/debug"
_TOO_LARGE: Final = 413
_NO_CACHE: Final = ("cache-control", "no-cache")
_JSON: Final = (("content-type", "application/json"), _NO_CACHE)

_PREFLIGHT: Final = Claim((), Reply(204))
_TAKEN: Final = Reply(204, (_NO_CACHE,))
_FORBIDDEN: Final = Finding("api_secret", "The api_secret is missing, or it is none of those configured.", "UNAUTHORIZED")
_FIREBASE: Final = Finding(
    "",
    "This is a request of the Firebase SDK, whose uploads only Google reads; send an app's events by the Measurement Protocol, "
    "with firebase_app_id and app_instance_id.",
    "FIREBASE_SDK",
)
_OPEN: Final = open_to_all(", or give it `api_secrets`: without, anybody can send to any property through it")
_COME_BY: Final = "payloads come by POST"
_NO_ID: Final = Declined("the query has no measurement_id and no firebase_app_id", "no_measurement_id")


class MeasurementProtocolSettings(PathAndIdSettings):
    """Claims what servers and apps post by GA4's Measurement Protocol."""

    activation_paths: ActivationPaths = Field(
        [_PATH], description="The paths that are claimed. With `/debug` before it, each validates and forwards nothing."
    )
    api_secrets: Many[Secret] = Field(
        [],
        description="A request must have one of these as `api_secret`, or it is answered with 403; empty: any will do, and "
        "only listed ids are claimed.",
    )
    measurement_ids: Many[str] = Field(
        [],
        description="The measurement_ids and firebase_app_ids whose requests are claimed; empty: any, or none at all. Without "
        "`api_secrets`, empty means the ids of the `ga4` clients and tags.",
    )
    on_invalid: Literal["forward", "reject"] = Field(
        "forward",
        description="What becomes of a request with which the validator finds something wrong: forwarded nevertheless, "
        "or answered with 400 and what was found. A payload that asks for ENFORCE_RECOMMENDATIONS is always rejected.",
    )

    shapes: ClassVar[Mapping[str, Shape]] = {"measurement_ids": STREAM_OR_APP}

    @property
    def guarded(self) -> bool:
        """Whether a request needs a secret, so that only known senders get in."""
        return any(secret.reveal() for secret in self.api_secrets)

    def claimed_ids(self) -> Sequence[str]:
        return self.measurement_ids

    def derived(self, file: WholeFile) -> Self:
        limited = self.measurement_ids or self.guarded
        return self if limited else self.model_copy(update={"measurement_ids": of_clients_and_tags(file)})

    def doubts(self, file: WholeFile) -> Sequence[Doubt]:
        del file
        return [] if self.measurement_ids or self.guarded else [_OPEN]


def _example(body: bytes, query: str = "measurement_id=G-ABC123XYZ0&api_secret=s3cret", path: str = _PATH) -> Request:
    return Request("r1", 1_764_340_311_502_000, "POST", path, query, (("content-type", "application/json"),), body)


class MeasurementProtocol(Client):
    """Claims what servers and apps post by GA4's Measurement Protocol.

    Each event of a payload becomes one, with everything in it that the payload says of the visitor. The sender's own
    address and User-Agent are not the visitor's, and are left out. A time older than 72 hours is moved to 71 hours before
    the request came, and that is among its findings. Requests to the debug path are answered and otherwise forgotten.
    What the Firebase SDK of an app uploads (`/a`) is refused with 415, and counted; so is, with 413, a request with far more
    in it than Google takes.
    """

    Settings: ClassVar[type[ClientSettings]] = MeasurementProtocolSettings

    examples: ClassVar[Sequence[ClientExample]] = (
        ClientExample(
            title="A refund, with a user property and consent",
            settings={"api_secrets": ["s3cret"]},
            request=_example(
                b'{"client_id":"1307714608.1760043792","user_id":"U-42","user_properties":{"tier":{"value":"gold"}},'
                b'"consent":{"ad_user_data":"GRANTED","ad_personalization":"DENIED"},'
                b'"events":[{"name":"refund","params":{"session_id":"1764340309","engagement_time_msec":100,'
                b'"transaction_id":"T-7","value":9.5,"currency":"EUR","partial":true}}]}'
            ),
            events=(
                {
                    "x-ga-protocol_version": "2",
                    "x-ga-measurement_id": "G-ABC123XYZ0",
                    "client_id": "1307714608.1760043792",
                    "user_id": "U-42",
                    "x-ga-mp2-user_properties": {"tier": "gold"},
                    "x-mp-consent": {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"},
                    "x-ga-npa": "1",
                    "x-ga-gcd": "13l3l3n3m5l1",
                    "event_name": "refund",
                    "ga_session_id": "1764340309",
                    "engagement_time_msec": 100,
                    "transaction_id": "T-7",
                    "value": 9.5,
                    "currency": "EUR",
                    "partial": True,
                },
            ),
            reply=_TAKEN,
        ),
        ClientExample(
            title="An app's event, an hour late, from where the visitor is",
            request=_example(
                b'{"app_instance_id":"0123456789abcdef0123456789abcdef","timestamp_micros":1764336711502000,'
                b'"user_location":{"country_id":"US","region_id":"US-CA"},"events":[{"name":"screen_view"}]}',
                "firebase_app_id=1:234:android:abc123&api_secret=s3cret",
            ),
            events=(
                {
                    "x-ga-protocol_version": "2",
                    "x-mp-firebase_app_id": "1:234:android:abc123",
                    "x-mp-app_instance_id": "0123456789abcdef0123456789abcdef",
                    "x-mp-user_location": {"country_id": "US", "region_id": "US-CA"},
                    "event_location": {"country": "US", "region": "CA"},
                    "event_name": "screen_view",
                    "x-mp-timestamp_micros": 1764336711502000,
                },
            ),
            reply=_TAKEN,
        ),
        ClientExample(
            title="On the debug path: what is wrong with a payload",
            request=_example(b'{"client_id":"1.2","events":[{"name":"_badEventName"}]}', path=_DEBUG + _PATH),
            events=(),
            reply=Reply(
                200,
                _JSON,
                b'{"validationMessages":[{"fieldPath":"events","description":"Event at index: [0] has invalid name '
                b'[_badEventName]. Names must start with an alphabetic character.","validationCode":"NAME_INVALID"}]}',
            ),
        ),
    )

    def __init__(self, settings: MeasurementProtocolSettings, setup: Setup) -> None:  # noqa: ARG002  its name makes no difference
        self._paths = frozenset(settings.activation_paths)
        self._debug_paths = frozenset(_DEBUG + path for path in settings.activation_paths)
        self._digests = [_digest(secret.reveal()) for secret in settings.api_secrets if secret.reveal()]
        self._ids = frozenset(settings.measurement_ids)
        self._rejects = settings.on_invalid == "reject"
        self._other_path = other_path(settings.activation_paths)

    @property
    def trusted(self) -> bool:
        """Where it has secrets, each sender shows one."""
        return bool(self._digests)

    def claim(self, request: Request) -> Claim | Declined:
        """The payload's events. Whatever Content-Type it comes with, the body is JSON, plain or compressed with gzip."""
        debug = request.path in self._debug_paths
        if not debug and request.path not in self._paths:
            return _FIREBASE_REFUSED if is_of_firebase(request) else self._other_path
        if request.method == "OPTIONS":
            return _PREFLIGHT
        if request.method != "POST":
            return other_method(request.method, _COME_BY)
        if not debug and not self._is_ours(request.query):
            return self._of_another(request.query)
        if not debug and not self._knows(request.query.get("api_secret", "")):
            return _refusal(403, [_FORBIDDEN])
        try:
            body = decoded(request.body, request.header("content-encoding"), MOST_TEXT)
        except RefusedBodyError as error:
            code = Limit.BODY.code if error.status == _TOO_LARGE else "VALUE_INVALID"
            return _refusal(error.status, [Finding("", str(error), code)])
        return _validated(request, body) if debug else self._claim(request, read(body))

    def _is_ours(self, query: Mapping[str, str]) -> bool:
        given = _given(query)
        return not self._ids or (bool(given) and self._ids.issuperset(given))

    def _of_another(self, query: Mapping[str, str]) -> Declined:
        strangers = [id for id in _given(query) if id not in self._ids]
        return not_among("measurement id", strangers[0], self._ids) if strangers else _NO_ID

    def _knows(self, secret: str) -> bool:
        """In constant time: each is compared, by digests, which are of one length."""
        digest = _digest(secret)
        return not self._digests or sum(hmac.compare_digest(digest, known) for known in self._digests) > 0

    def _claim(self, request: Request, document: Document) -> Claim:
        findings = examine(request.query, document, request.received_at)
        if document.fault and document.fault.is_oversized:
            return _refusal(_TOO_LARGE, findings)
        if not document.payloads or (findings and self._refuses(document)):
            return _refusal(400, findings)
        made = decode_all(request.query, document, request.received_at)
        return Claim(made.events, _TAKEN, made.skipped, (*findings, *made.clamped), by_visitor=False)

    def _refuses(self, document: Document) -> bool:
        return self._rejects or any(map(enforces, document.payloads))


def _validated(request: Request, body: bytes) -> Claim:
    """What the debug path answers, well-formed or not. Nothing of it is kept, so the claim itself has no findings."""
    return Claim((), Reply(200, _JSON, as_messages(examine(request.query, read(body), request.received_at))))


def _refusal(status: int, findings: Sequence[Finding]) -> Claim:
    return Claim((), Reply(status, _JSON, as_messages(findings)), findings=tuple(findings))


def _given(query: Mapping[str, str]) -> Sequence[str]:
    """The ids of the query, of a stream or an app."""
    return [query[name] for name in ("measurement_id", "firebase_app_id") if query.get(name)]


def _digest(secret: str) -> bytes:
    return sha256(secret.encode(errors="replace")).digest()


_FIREBASE_REFUSED: Final = _refusal(415, [_FIREBASE])
