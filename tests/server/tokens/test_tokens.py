"""Tokens: one question for many requests, kept until shortly before its end, asked for anew where a vendor refuses it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from core.grant import ClientCredentials, ServiceAccount
from core.types import OutboundRequest, Response, Retry
from server.http import ConnectionClosed, InvalidRequest, TransportError
from server.tokens import NoToken, Tokens

KEY = generate_private_key(65537, 2048)
PEM = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
URL = "https://oauth2.example/token"
ACCOUNT = ServiceAccount(URL, "https://scope.example/ads", "robot@project.example", PEM, "k1")
CLIENT = ClientCredentials(URL, "id", "s3cret", "write", "https://api.example")
SECOND = 1_000_000
START = 1_767_312_000 * SECOND


@dataclass
class Giver:
    """Answers with these in turn, the last for good."""

    answers: list[Response | Exception]
    asked: list[OutboundRequest] = field(default_factory=list)
    now: int = START

    async def send(self, request: OutboundRequest) -> Response:
        self.asked.append(request)
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def tokens(self) -> Tokens:
        return Tokens(self.send, lambda: self.now, lambda: self.now)


def gives(token: str, seconds: Any = 3600) -> Response:
    return Response(200, (), json.dumps({"access_token": token, "expires_in": seconds, "token_type": "Bearer"}).encode())


def play(scene: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await scene()

    asyncio.run(run())


def test_however_many_want_a_token_its_giver_is_asked_once_and_again_shortly_before_its_end() -> None:
    async def scene() -> None:
        giver = Giver([gives("a"), gives("b")])
        tokens = giver.tokens()
        assert tokens.kept(CLIENT) is None
        assert await asyncio.gather(*(tokens.get(CLIENT) for _ in range(5))) == ["a"] * 5
        giver.now += (3600 - 300) * SECOND - 1
        assert (tokens.kept(CLIENT), len(giver.asked)) == ("a", 1)
        giver.now += 1
        assert tokens.kept(CLIENT) is None
        assert await tokens.get(CLIENT) == "b"

    play(scene)


def test_whoever_gives_up_waiting_takes_it_from_nobody_else() -> None:
    async def scene() -> None:
        tokens = Giver([gives("a")]).tokens()
        first, second = (asyncio.ensure_future(tokens.get(CLIENT)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == "a"

    play(scene)


def test_one_that_a_vendor_refuses_is_asked_for_anew() -> None:
    async def scene() -> None:
        giver = Giver([gives("a"), gives("b")])
        tokens = giver.tokens()
        await tokens.get(CLIENT)
        giver.now += 60 * SECOND
        tokens.forget(CLIENT, "a")
        assert await tokens.get(CLIENT) == "b"
        tokens.forget(CLIENT, "a")
        assert tokens.kept(CLIENT) == "b"

    play(scene)


def test_a_vendor_that_refuses_every_token_makes_no_storm_of_questions() -> None:
    async def scene() -> None:
        giver = Giver([gives("a"), gives("b")])
        tokens = giver.tokens()
        for _ in range(100):
            tokens.forget(CLIENT, await tokens.get(CLIENT))
            giver.now += SECOND // 2
        assert len(giver.asked) == 1

    play(scene)


def test_what_has_ended_is_not_kept_for_those_that_no_configuration_has_any_more() -> None:
    async def scene() -> None:
        giver = Giver([gives("a")])
        tokens = giver.tokens()
        for number in range(5):
            await tokens.get(ClientCredentials(URL, str(number), "s3cret"))
            giver.now += 3600 * SECOND
        assert len(tokens._kept) == 1  # nothing else shows that an old secret is still in memory

    play(scene)


@pytest.mark.parametrize("seconds", [float("inf"), 10**400, 1e300, float("nan"), -5])
def test_a_life_that_is_none_breaks_nothing(seconds: float) -> None:
    async def scene() -> None:
        giver = Giver([gives("a", seconds)])
        tokens = giver.tokens()
        assert await tokens.get(CLIENT) == "a"
        giver.now += 24 * 3600 * SECOND
        assert tokens.kept(CLIENT) is None

    play(scene)


def test_a_client_says_who_it_is_in_a_form() -> None:
    async def scene() -> None:
        giver = Giver([gives("a")])
        await giver.tokens().get(CLIENT)
        [request] = giver.asked
        assert (request.method, request.url) == ("POST", URL)
        assert parse_qs(request.body.decode()) == {
            "grant_type": ["client_credentials"],
            "client_id": ["id"],
            "client_secret": ["s3cret"],
            "scope": ["write"],
            "audience": ["https://api.example"],
        }

    play(scene)


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_service_account_signs_what_it_asks() -> None:
    async def scene() -> None:
        giver = Giver([gives("a")])
        await giver.tokens().get(ACCOUNT)
        form = parse_qs(giver.asked[0].body.decode())
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        head, claims, signature = form["assertion"][0].split(".")
        KEY.public_key().verify(decoded(signature), f"{head}.{claims}".encode(), PKCS1v15(), hashes.SHA256())
        assert json.loads(decoded(head)) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
        assert json.loads(decoded(claims)) == {
            "iss": "robot@project.example",
            "scope": "https://scope.example/ads",
            "aud": URL,
            "iat": START // SECOND,
            "exp": START // SECOND + 3600,
        }

    play(scene)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (
            Response(400, (), b'{"error":"invalid_grant","error_description":"Invalid JWT Signature."}'),
            Retry("no token: HTTP 400: invalid_grant Invalid JWT Signature.", credential=True),
        ),
        (Response(401, (), b""), Retry("no token: HTTP 401", credential=True)),
        (Response(200, (), b"<html>"), Retry("no token: HTTP 200", credential=True)),
        (Response(200, (), b'{"access_token":"two\\r\\nlines"}'), Retry("no token: HTTP 200", credential=True)),
        (
            Response(302, (("location", "https://login.example/?token=s3cr3t"),), b""),
            Retry("no token: HTTP 302: the destination redirects to login.example/…, which is not followed", credential=True),
        ),
        (Response(503, (), b""), Retry("no token: HTTP 503")),
        (Response(429, (), b"[]"), Retry("no token: HTTP 429")),
    ],
)
def test_a_refusal_is_told_and_loses_nothing(answer: Response, outcome: Retry) -> None:
    async def scene() -> None:
        giver = Giver([answer, gives("a")])
        tokens = giver.tokens()
        with pytest.raises(NoToken) as refused:
            await tokens.get(CLIENT)
        assert refused.value.outcome == outcome
        assert await tokens.get(CLIENT) == "a"

    play(scene)


def test_a_giver_who_cannot_be_reached_is_trouble_like_any_other() -> None:
    async def scene() -> None:
        with pytest.raises(TransportError):
            await Giver([ConnectionClosed("it closed")]).tokens().get(CLIENT)

    play(scene)


def test_an_address_of_tokens_that_is_none_parks_nothing() -> None:
    async def scene() -> None:
        with pytest.raises(NoToken) as refused:
            await Giver([InvalidRequest("no URL")]).tokens().get(CLIENT)
        assert refused.value.outcome == Retry("no token: no URL", credential=True)

    play(scene)


@pytest.mark.parametrize("key", ["", "no key", PEM[:200]])
def test_a_key_that_is_none_is_told_without_itself(key: str) -> None:
    async def scene() -> None:
        with pytest.raises(NoToken, match="private key cannot be read"):
            await Giver([gives("a")]).tokens().get(ServiceAccount(URL, "s", "e", key))

    play(scene)


def test_secrets_are_not_in_what_is_shown_of_a_grant() -> None:
    assert "s3cret" not in repr(CLIENT)
    assert "PRIVATE" not in repr(ACCOUNT)


def test_a_token_of_unknown_or_short_life_is_used_for_a_minute() -> None:
    async def scene() -> None:
        for seconds in (None, 10, True, "x"):
            giver = Giver([gives("a", seconds)])
            tokens = giver.tokens()
            await tokens.get(CLIENT)
            giver.now += 60 * SECOND - 1
            assert tokens.kept(CLIENT) == "a"
            giver.now += 1
            assert tokens.kept(CLIENT) is None

    play(scene)
