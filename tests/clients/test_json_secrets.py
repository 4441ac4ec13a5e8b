"""Who may send JSON: secrets of every scheme, shown, missing, wrong and old."""

from __future__ import annotations

import base64
import gzip
import hmac
from typing import Any

import pytest

from core.secret import SealedText, SecretValue
from core.types import Declined
from tests.clients.sent_json import BODY, FORM, KEY, NOW, claim, client, names, request, told
from tests.core.tiny import replied

SECOND = 1_000_000


def signature(key: str = KEY, body: bytes = BODY) -> bytes:
    return hmac.digest(key.encode(), body, "sha256")


def stripe(at: int = NOW // SECOND, key: str = KEY, body: bytes = BODY, more: str = "") -> str:
    return f"t={at},v0=x{more},v1={signature(key, f'{at}.'.encode() + body).hex()}"


HEX = {"scheme": "hmac_sha256_hex", "header": "X-Sig", "prefix": "sha256="}
BASE64 = {"scheme": "hmac_sha256_base64", "header": "X-Sig"}
BEARER = {"scheme": "bearer"}
VALUE = {"scheme": "value", "header": "X-Token"}
STRIPE = {"scheme": "stripe"}


@pytest.mark.parametrize(
    ("secret", "header", "value", "answer"),
    [
        (HEX, "x-sig", f"sha256={signature().hex()}", 200),
        (HEX, "x-sig", f"sha256={signature().hex().upper()}", 200),
        (HEX, "x-sig", signature().hex(), 403),
        (HEX, "x-sig", f"sha256={signature(body=b'x').hex()}", 403),
        (HEX, "x-sig", f"sha256={signature('other').hex()}", 403),
        (HEX, "x-sig", "sha256=", 403),
        (HEX, "x-sig", "sha256=\xff", 403),
        (HEX, "x-other", f"sha256={signature().hex()}", 401),
        (HEX, "x-sig", "", 401),
        (BASE64, "x-sig", base64.b64encode(signature()).decode(), 200),
        (BASE64, "x-sig", base64.b64encode(signature()).decode().lower(), 403),
        (BASE64, "x-sig", signature().hex(), 403),
        (BEARER, "authorization", f"Bearer {KEY}", 200),
        (BEARER, "authorization", f"bearer  {KEY} ", 200),
        (BEARER, "authorization", KEY, 403),
        (BEARER, "authorization", "Bearer ", 403),
        (BEARER, "authorization", f"Basic {KEY}", 403),
        (VALUE, "x-token", KEY, 200),
        (VALUE, "x-token", KEY[:-1], 403),
        (STRIPE, "stripe-signature", stripe(), 200),
        (STRIPE, "stripe-signature", stripe(more=f",v1={'0' * 64}"), 200),
        (STRIPE, "stripe-signature", stripe(NOW // SECOND - 300), 403),
        (STRIPE, "stripe-signature", stripe(NOW // SECOND - 299), 200),
        (STRIPE, "stripe-signature", stripe(NOW // SECOND + 301), 403),
        (STRIPE, "stripe-signature", stripe(key="other"), 403),
        (STRIPE, "stripe-signature", stripe(body=b"{}"), 403),
        (STRIPE, "stripe-signature", stripe().replace("v1=", "v0="), 403),
        (STRIPE, "stripe-signature", stripe() + ",t=1", 403),
        (STRIPE, "stripe-signature", f"t=²,v1={signature().hex()}", 403),
        (STRIPE, "stripe-signature", f"t={'9' * 5000},v1={signature().hex()}", 403),
        (STRIPE, "stripe-signature", "t=,v1=", 403),
    ],
)
@pytest.mark.parametrize("key", [KEY, ["new", KEY], ["", KEY]])
def test_who_knows_the_secret_is_let_in(secret: dict[str, Any], header: str, value: str, answer: int, key: Any) -> None:
    found = claim(request(headers=((header, value),)), secret={**secret, "key": key})
    assert replied(found).status == answer
    assert len(found.events) == (answer == 200)
    assert KEY not in str(found.findings) + replied(found).body.decode()
    assert (found.findings == ()) == (answer == 200)


def test_the_findings_tell_what_is_wrong() -> None:
    old = request(headers=(("stripe-signature", stripe(NOW // SECOND - 301)),))
    assert told(claim(request(), secret={**STRIPE, "key": KEY})) == (401, ["SECRET_MISSING"])
    assert told(claim(old, secret={**STRIPE, "key": KEY})) == (403, ["SECRET_EXPIRED"])
    assert told(claim(old, secret={**STRIPE, "key": "other"})) == (403, ["SECRET_WRONG"])


@pytest.mark.parametrize("secret", [HEX, BASE64, BEARER, VALUE, STRIPE])
def test_an_empty_secret_lets_nobody_in(secret: dict[str, Any]) -> None:
    shown = [f"sha256={signature('').hex()}", base64.b64encode(signature("")).decode(), "Bearer ", "Bearer", " ", stripe(key="")]
    for value in shown:
        headers = tuple((name, value) for name in ("x-sig", "x-token", "authorization", "stripe-signature"))
        assert replied(claim(request(headers=headers), secret={**secret, "key": ""})).status == 403


def test_a_body_is_checked_as_it_came() -> None:
    packed = gzip.compress(BODY)
    headers = (("content-encoding", "gzip"), ("x-sig", f"sha256={signature(body=packed).hex()}"))
    assert names(claim(request(packed, headers), secret={**HEX, "key": KEY})) == ["lead"]


def test_where_the_secret_is_not_at_hand_anything_will_do_but_nothing() -> None:
    stands_in = SealedText((SecretValue("S", "placeholder", known=False),))
    known = SealedText((SecretValue("S", "placeholder"),))
    shown = request(headers=(("stripe-signature", "any"),))
    assert names(claim(shown, secret={**STRIPE, "key": stands_in})) == ["lead"]
    assert told(claim(request(), secret={**STRIPE, "key": stands_in}))[0] == 401
    assert told(claim(shown, secret={**STRIPE, "key": known}))[0] == 403


def test_no_signature_of_a_body_proves_a_query() -> None:
    headers = (("x-sig", f"sha256={signature(body=b'').hex()}"),)
    sent = request(b"", headers, "GET", "event_name=x")
    assert isinstance(client(secret={**HEX, "key": KEY}).claim(sent), Declined)
    assert names(claim(request(b"", (("x-token", KEY),), "GET", "event_name=x"), secret={**VALUE, "key": KEY})) == ["x"]


def test_a_ping_needs_no_secret_and_gives_no_event() -> None:
    values: dict[str, Any] = {"secret": {**HEX, "key": KEY}, "pings": "body.webhook_id is defined and body.id is not defined"}
    found = claim(request(b"webhook_id=1", FORM), **values)
    assert (told(found), list(found.events)) == ((200, []), [])
    assert told(claim(request(b"webhook_id=1&id=2", FORM), **values)) == (401, ["SECRET_MISSING"])
    assert told(claim(request(b"{", FORM), **values)) == (401, ["SECRET_MISSING"])
