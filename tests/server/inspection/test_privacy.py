"""Nothing secret is ever shown, and nothing personal before somebody asks for it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from core.percent import DEEPEST, encoded
from core.secret import MASK
from core.types import Headers, Request
from server.inspection.privacy import HIDDEN, Privacy, is_personal, personal_values

Encode = Callable[[str], str]


def wholly(text: str) -> str:
    return quote(text, safe="")


ENCODINGS: dict[str, Encode] = {
    "plain": str,
    "quoted": quote,
    "as a form": quote_plus,
    "wholly": wholly,
    "in small letters": lambda text: quote_plus(text).lower() if quote_plus(text).lower() != text else text,
    "twice": lambda text: wholly(wholly(text)),
    "three times": lambda text: wholly(wholly(wholly(text))),
    "every byte": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "as JSON": lambda text: json.dumps(text)[1:-1],
    "as JSON with all letters": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON in a query": lambda text: wholly(json.dumps(text)),
}
encodings = pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)

ADDRESSES = ["max@shop.example", "Max.O'Neil+x@mail.shop.example", "jörg@straße.example", "a_b@例え.example", "x%y@shop.example"]


@encodings
@pytest.mark.parametrize("address", ADDRESSES)
def test_an_email_address_is_hidden_however_it_is_encoded(address: str, encode: Encode) -> None:
    shown = Privacy(()).text(f"before {encode(address)} after")
    assert HIDDEN in shown
    assert "example" not in shown
    assert "shop.example" not in shown
    assert "@" not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


LIKE_ENCODED = ["%E1%80%80", "%e1%80%80", "%41%42", "%2541", "%25252525252541", "ü%22é", "a %20b", '\\%41"%5C', "100%4"]


@encodings
@pytest.mark.parametrize("secret", ["canary-secret", "a b&c=d/e", 'quo"te\\d', "ключ-ключ", "100%41", "p+q r", *LIKE_ENCODED])
@pytest.mark.parametrize("reveal", [False, True])
def test_a_secret_is_masked_however_it_is_encoded_and_whoever_looks(secret: str, encode: Encode, reveal: bool) -> None:
    if encode is ENCODINGS["in small letters"] and secret.isascii() and quote_plus(secret).lower() != quote_plus(secret):
        secret = secret.lower()
    privacy = Privacy([secret, "another secret"], reveal=reveal)
    assert MASK in privacy.text(f"key={encode(secret)}&x=1")
    for text in (f"key={encode(secret)}&x=1", encode(secret)):
        shown = privacy.text(text)
        assert encode(secret) not in shown
        assert privacy.value({"a": [text]}) == {"a": [shown]}


@given(st.text(min_size=4, max_size=20), st.text(max_size=10), st.text(max_size=10), st.sampled_from(sorted(ENCODINGS)))
@example("0000", "00", "0", "plain")
@example("%%%%", "%", "%", "plain")
@example("%E1%80%80", "", "", "JSON in a query")
def test_no_given_secret_survives(secret: str, before: str, after: str, encoding: str) -> None:
    assume(not set(secret) <= set(MASK) and "\0" not in secret)
    encode = ENCODINGS["plain" if encoding == "in small letters" else encoding]
    written = encode(secret.encode("utf-8", "replace").decode())
    assume(written not in MASK)
    privacy = Privacy([secret])
    for shown in (
        privacy.text(f"{before} {written} {after}"),
        privacy.named("x-any", f"{before}&{written}&{after}"),
        json.dumps(privacy.value({"any": [f"{before} {written} {after}"]}), ensure_ascii=False),
    ):
        assert MASK in shown
    assert written not in privacy.text(written)


@pytest.mark.parametrize("outer", range(DEEPEST + 1))
@pytest.mark.parametrize("inner", range(1, DEEPEST + 1))
@pytest.mark.parametrize("secret", ["က", "A b", '"\\"'])
def test_a_secret_that_looks_encoded_is_masked_at_every_depth(secret: str, inner: int, outer: int) -> None:
    secret = encoded(secret, inner)
    privacy = Privacy([secret])
    text, within = encoded(secret, outer), encoded(json.dumps({"key": secret}), outer)
    assert privacy.text(f"key={text}&x=1%2C2") == f"key={MASK}&x=1%2C2"
    assert privacy.text(f"/{text}1") == f"/{MASK}1"
    assert privacy.named("x-any", text) == privacy.named("q", text) == MASK
    assert privacy.value({"a": text}) == {"a": MASK}
    assert MASK in privacy.text(within)
    assert text not in f"{privacy.text(within)} {privacy.value({'a': within})}"


def test_an_escape_before_an_address_is_no_part_of_it() -> None:
    for known in (), ("max@shop.example",):
        assert Privacy((), known).text("a%20max@shop.example%20b") == f"a%20{HIDDEN}%20b"


@given(st.emails(), st.sampled_from(sorted(set(ENCODINGS) - {"in small letters"})))
def test_no_given_address_survives_where_it_is_known_to_be_personal(address: str, encoding: str) -> None:
    written = ENCODINGS[encoding](address)
    privacy = Privacy((), [address])
    for shown in (privacy.text(f"<{written}>"), privacy.named("x-any", written), str(privacy.value({"any": written}))):
        assert HIDDEN in shown
        assert written not in shown


def test_shorter_values_stand_everywhere_and_are_hidden_at_their_own_place_alone() -> None:
    privacy = Privacy((), ["DE", "Max"])
    assert privacy.text("DEMO for Max") == "DEMO for Max"
    assert privacy.value({"user_data": {"address": [{"country": "DE", "first_name": "Max"}]}}) == {
        "user_data": {"address": [{"country": HIDDEN, "first_name": HIDDEN}]}
    }


@pytest.mark.parametrize(
    "place",
    [
        *("user_data", "user_data.email", "user_data.address.city", "x.user_data.phone_number", "em", "em1", "email", "phone"),
        *("ep.email", "ip_override", "_uip", "uip", "x-forwarded-for", "cf-connecting-ip", "email.value", "phone_number.home"),
    ],
)
def test_places_where_personal_data_stands(place: str) -> None:
    assert is_personal(place)
    assert Privacy(()).named(place.upper(), "anything") == HIDDEN
    assert Privacy((), reveal=True).named(place, "anything") == "anything"


@pytest.mark.parametrize("place", ["event_name", "client_id", "emotion", "page.emphasis", "user_agent", "premium", "phone_case"])
def test_places_where_other_things_stand(place: str) -> None:
    assert not is_personal(place)
    assert Privacy(()).named(place, "anything") == "anything"


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "Proxy-Authorization", "X-API-Key", "api_secret", "gtm_auth"),
        *("Access-Token", "access_token", "appsecret_proof", "token_auth", "x-pixel-token"),
    ],
)
@pytest.mark.parametrize("reveal", [False, True])
def test_credentials_are_masked_whoever_looks(name: str, reveal: bool) -> None:
    assert Privacy((), reveal=reveal).named(name, "Basic eDp5") == MASK


@pytest.mark.parametrize("reveal", [False, True])
@pytest.mark.parametrize(
    "said", ["Bearer ya29.a0AfH6SMBx-w_1~", '{"auth": "bearer ya29.a0AfH6SMBx-w_1~"}', "Bearer%20ya29.a0AfH6SMBx-w_1~"]
)
def test_a_token_that_an_answer_repeats_is_masked_though_nobody_gave_it(said: str, reveal: bool) -> None:
    shown = Privacy((), (), reveal).text(said)
    assert "a0AfH6" not in shown
    assert MASK in shown
    assert Privacy((), (), reveal).text("a Bearer token is missing") == "a Bearer token is missing"


def test_the_sites_own_cookies_are_hidden_and_googles_are_shown() -> None:
    sent = "_ga=GA1.1.2; session=abc; path=mine; _ga_X=GS2; FPID=FP; _gcl_au=1.1; flag"
    hidden = "_ga=GA1.1.2; session=•••; path=•••; _ga_X=GS2; FPID=FP; _gcl_au=1.1; flag"
    assert Privacy(()).named("Cookie", sent) == hidden
    assert Privacy((), reveal=True).named("Cookie", sent) == sent
    set_cookie = "session=abc; Max-Age=5; Domain=shop.example; Path=/; Secure; HttpOnly"
    assert Privacy(()).named("set-cookie", set_cookie) == set_cookie.replace("abc", HIDDEN)
    assert Privacy(["secret-in-it"], reveal=True).named("cookie", "session=secret-in-it") == f"session={MASK}"


@pytest.mark.parametrize("reveal", [False, True])
def test_what_lets_somebody_in_or_marks_a_browser_is_shown_to_nobody(reveal: bool) -> None:
    privacy = Privacy((), reveal=reveal)
    sent = "tagyard_debug=0123456789ab.1764343911.aa; _ga=GA1.1.2; tagyard_admin=abc; tagyard_debug="
    assert privacy.named("cookie", sent) == f"tagyard_debug={MASK}; _ga=GA1.1.2; tagyard_admin={MASK}; tagyard_debug="
    assert privacy.named("X-Gtm-Server-Preview", "ZW52LTd8S3FMdWxMMUE2") == MASK


VISITOR = "203.0.113.77"
FORWARDED: list[Headers] = [
    (("x-forwarded-for", f"{VISITOR}, 10.0.0.1"),),
    (("forwarded", f'for="{VISITOR}:1234";proto=https'),),
    (("cloudfront-viewer-address", f"{VISITOR}:46532"),),
    (("cf-connecting-ip", VISITOR),),
]


@pytest.mark.parametrize("headers", FORWARDED, ids=lambda headers: headers[0][0])
def test_the_visitors_address_is_known_from_whatever_header_names_it(headers: Headers) -> None:
    privacy = Privacy((), personal_values(Request("r", 0, "GET", "/", headers=headers), ()))
    assert VISITOR not in str(privacy.pairs(headers))
    assert (
        privacy.text(f"from {VISITOR} to https://x.example/?ip={VISITOR}") == f"from {HIDDEN} to https://x.example/?ip={HIDDEN}"
    )


def test_an_ipv6_visitor_too() -> None:
    headers = (("forwarded", 'for="[2001:db8::17]:4711"'), ("x-any", "2001:db8::17"))
    privacy = Privacy((), personal_values(Request("r", 0, "GET", "/", headers=headers, ip="2001:db8::99"), ()))
    assert privacy.text("2001:db8::17 2001%3Adb8%3A%3A99 ::1") == f"{HIDDEN} {HIDDEN} ::1"


def test_what_stands_in_user_data_is_hidden_wherever_else_it_stands() -> None:
    event = {"user_data": {"phone_number": "+49 171 555", "address": [{"street": "Hauptstr. 1"}], "code": 4711}, "x": "y-y-y-y"}
    privacy = Privacy((), personal_values(Request("r", 0, "GET", "/"), [event]))
    for text in ("+49 171 555", "%2B49+171+555", "Hauptstr.%201", "Hauptstr. 1", "4711"):
        assert privacy.text(f"a={text}") == f"a={HIDDEN}"
    assert privacy.text("y-y-y-y") == "y-y-y-y"


def test_this_machines_own_address_says_nothing_about_anybody() -> None:
    assert personal_values(Request("r", 0, "GET", "/", ip="127.0.0.1", headers=(("x-real-ip", "::1"),)), ()) == set()


def test_half_a_character_is_replaced_so_that_everything_can_be_written_as_utf8() -> None:
    for privacy in (Privacy(()), Privacy((), reveal=True)):
        shown = privacy.value({"a\ud800": ["b\udfff", {"c": "\ud83d"}]})
        assert json.dumps(shown, ensure_ascii=False).encode() == b'{"a?": ["b?", {"c": "?"}]}'


def test_a_text_that_holds_a_query_is_masked_by_the_names_in_it() -> None:
    query = "en=buy&ep.phone=%2B493012345678&_uip=203.0.113.7&amp;phone=1234567&user%5Fdata.city=Bonn&api_secret=x&empty=&email="
    kept = f"ep.phone={HIDDEN}&_uip={HIDDEN}&amp;phone={HIDDEN}&user%5Fdata.city={HIDDEN}&api_secret={MASK}&empty=&email="
    for before, after in (("", ""), ("https://shop.example/a?", "#top"), ("GET /collect?", " HTTP/1.1")):
        shown = Privacy(()).value({"lines": [f"{before}{query}{after}"]})
        assert shown == {"lines": [f"{before}en=buy&{kept}{after}"]}
    revealed = Privacy((), reveal=True).value([f"?{query}"])
    assert revealed == [f"?{query.replace('api_secret=x', f'api_secret={MASK}')}"]
    assert Privacy(()).value(["phone = none, a phonebook=1"]) == ["phone = none, a phonebook=1"]


@pytest.mark.parametrize("text", ["a=b&" * (1 << 18), "a" * (1 << 20), "&" * (1 << 20), "?email=" * (1 << 17)])
def test_a_text_with_endless_names_is_looked_at_once(text: str) -> None:
    began = time.process_time()
    Privacy(()).value([text])
    assert time.process_time() - began < 5


def test_what_is_nested_beyond_all_reason_is_not_followed() -> None:
    deep: object = "end"
    for _ in range(800):
        deep = {"a": [deep]}
    assert json.dumps(Privacy(()).value(deep)).count("[") < 101
    assert not personal_values(Request("r", 0, "GET", "/"), [{"user_data": deep}])


LONG = 1 << 20


@pytest.mark.parametrize(
    "text",
    [
        "a" * LONG,
        "a@" * (LONG // 2),
        "%40" * (LONG // 3),
        "a%40b." * (LONG // 6),
        "a@b.de " * (LONG // 7),
        "%25" * (LONG // 3),
        "%" + "25" * (LONG // 2),
    ],
    ids=["letters", "ats", "encoded ats", "nearly", "addresses", "percents", "layers"],
)
def test_a_text_that_is_made_to_keep_a_worker_busy_does_not(text: str) -> None:
    privacy = Privacy(["canary-secret"], [f"personal value {number}" for number in range(5000)])
    began = time.process_time()
    privacy.text(text)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("source", "mask", "revealed"),
    [
        ("user.email", HIDDEN, ""),
        ("user", HIDDEN, ""),
        ("user.email_sha256", HIDDEN, ""),
        ("event.email", HIDDEN, ""),
        ("event.user_data.address[0].city", HIDDEN, ""),
        ("event['User_Data'].x", HIDDEN, ""),
        ("original.user_data", HIDDEN, ""),
        ("request.ip", HIDDEN, ""),
        ("request.cookies", HIDDEN, ""),
        ("request.cookies.session", HIDDEN, ""),
        ("request.cookies['odd-name']", HIDDEN, ""),
        ("request.cookies._ga", "", ""),
        ("request.cookies['FPID']", "", ""),
        ("request.headers", HIDDEN, ""),
        ("request.headers.cookie", HIDDEN, ""),
        ("request.headers['X-Forwarded-For']", HIDDEN, ""),
        ("request.headers['user-agent']", "", ""),
        ("request.headers.Authorization", MASK, MASK),
        ("request.headers['x-api-key']", MASK, MASK),
        ("request.query['api_secret']", MASK, MASK),
        ("event.value", "", ""),
        ("event.user_id", "", ""),
        ("var.plan", "", ""),
        ("", "", ""),
    ],
)
def test_what_an_expression_names_is_known_to_be_personal_or_secret_however_it_is_written(
    source: str, mask: str, revealed: str
) -> None:
    assert Privacy(()).mask_of(source) == mask
    assert Privacy((), reveal=True).mask_of(source) == revealed
