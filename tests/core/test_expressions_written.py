"""The filters whose arguments are written out: what they give, what is wrong with one, and what never leaves them."""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.context import Context, Shared, VendorRules
from core.expressions import Expression, ExpressionError, compile_condition
from core.expressions.values import LONGEST_TEXT
from core.expressions.written import WRITTEN
from core.registry import installed
from core.secret import MASK, PLACEHOLDER
from core.types import Request
from core.undefined import UNDEFINED
from tests.core.anything import VALUES
from wire.identity import KINDS, RULES, digest
from wire.identity.vendors import VENDORS

KEY = "an unusual key"
EVENT: dict[str, Any] = {
    "id": "1307714608.1760043792",
    "number": 7,
    "empty": "",
    "half": "a\ud800",
    "list": ["a"],
    "page": "https://www.shop.example/a/12/b?x=1",
    "mail": " Jo.Doe+x@Example.com ",
    "phone": "+49 (0)151 2345678",
    "spaces": "a " * 2_000,
}
USER = {"email": " Jo.Doe+x@Example.com ", "phone": "0049 151 2345678", "city": "São Paulo"}


def signed(text: str, key: str = KEY) -> bytes:
    return hmac.digest(key.encode(), text.encode(), "sha256")


def value_of(source: str | Expression, event: Mapping[str, Any] = EVENT, key: str | None = KEY) -> Any:
    expression = compile_condition(source) if isinstance(source, str) else source
    secrets = {} if key is None else {"SIGNING_KEY": key}
    shared = Shared(readers={"user": lambda *_: USER}, secrets=secrets, vendors=VENDORS)
    return expression.evaluate(Context(Request("r1", 0, "GET", "/"), "web", dict(event), 0, shared).on(dict(event)))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("event.id | hmac('SIGNING_KEY')", signed(EVENT["id"]).hex()),
        ("event.id | hmac('SIGNING_KEY', 'hex')", signed(EVENT["id"]).hex()),
        ("event.id | hmac('SIGNING_KEY', 'base64')", b64encode(signed(EVENT["id"])).decode()),
        ("event.number | hmac('SIGNING_KEY')", signed("7").hex()),
        ("'a' | hmac('SIGNING_KEY')", signed("a").hex()),
        ("event.empty | hmac('SIGNING_KEY')", UNDEFINED),
        ("event.missing | hmac('SIGNING_KEY')", UNDEFINED),
        ("event.list | hmac('SIGNING_KEY')", UNDEFINED),
        ("event.half | hmac('SIGNING_KEY')", UNDEFINED),
        ("event.id | hmac('ANOTHER')", UNDEFINED),
        (r"event.page | regex_replace('\d+', 'ID')", "https://www.shop.example/a/ID/b?x=ID"),
        (r"event.page | url_host | regex_replace('^www\.', '')", "shop.example"),
        (
            r"event.page | regex_replace('^https?://([^/]+)/([^/?]*).*$', '\2 at \1, of \0')",
            f"a at www.shop.example, of {EVENT['page']}",
        ),
        ("'a-b' | regex_replace('(x)?-', '<\\1>')", "a<>b"),
        ("'äöü' | regex_replace('ö', 'o')", "äoü"),
        ("'abc' | regex_replace('x*', '-')", "-a-b-c-"),
        ("'abc' | regex_replace('$', '/')", "abc/"),
        ("'a/b' | regex_replace('/?$', '/')", "a/b/"),
        (r"'ab cd' | regex_replace('\b', '.')", ".ab. .cd."),
        ("'äb' | regex_replace('^|$', '.')", ".äb."),
        ("'abc' | regex_replace('(?i)B', '')", "ac"),
        ("event.number | regex_replace('7', '8')", "8"),
        ("event.empty | regex_replace('^$', 'nothing')", "nothing"),
        ("event.missing | regex_replace('a', 'b')", UNDEFINED),
        ("event.half | regex_replace('a', 'b')", UNDEFINED),
        ("event.spaces | regex_replace(' ', '')", UNDEFINED),
        ("event.spaces | truncate(2000) | regex_replace(' ', '')", "a" * 1_000),
        ("user.email | normalized_for('meta')", "jo.doe+x@example.com"),
        ("user['email'] | trim | normalized_for('microsoft_ads')", "jodoe@example.com"),
        ("user.phone | normalized_for('meta')", "491512345678"),
        ("user.phone | normalized_for('tiktok')", "+491512345678"),
        ("user.city | hashed_for('meta')", digest("meta", "city", "São Paulo")),
        ("user.city | normalized_for('google')", "são paulo"),
        ("user.city | normalized_for('meta')", "sãopaulo"),
        ("event.mail | normalized_for('meta', 'email')", "jo.doe+x@example.com"),
        ("event.mail | normalized_for('meta', 'email') | sha256", digest("meta", "email", EVENT["mail"])),
        ("event.mail | hashed_for('meta', 'email')", digest("meta", "email", EVENT["mail"])),
        ("event.phone | hashed_for('meta')", digest("meta", "phone", EVENT["phone"])),
        ("event.mail | sha256 | hashed_for('meta', 'email') == event.mail | sha256", True),
        ("event.mail | sha256 | normalized_for('meta', 'email')", UNDEFINED),
        ("'no address' | hashed_for('meta', 'email')", UNDEFINED),
        ("event.list | hashed_for('meta', 'email')", UNDEFINED),
        ("event.missing | hashed_for('meta', 'email')", UNDEFINED),
    ],
)
def test_what_they_give(source: str, value: Any) -> None:
    found = value_of(source)
    assert (found, type(found)) == (value, type(value))


IN_QUOTES = "takes texts in quotes: it is written"
A_NAME = "the filter hmac: it takes the name of a secret of the environment, in capitals and without ${ }: hmac('SIGNING_KEY')"
THERE_ARE = f"there are: {', '.join(KINDS)}"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("event.a | hmac", "the filter hmac is written hmac('SIGNING_KEY')"),
        ("event.a | hmac('A', 'hex', 'b')", "the filter hmac is written hmac('SIGNING_KEY')"),
        ("event.a | hmac(env.SIGNING_KEY)", f"the filter hmac {IN_QUOTES} hmac('SIGNING_KEY')"),
        ("event.a | hmac(1)", f"the filter hmac {IN_QUOTES} hmac('SIGNING_KEY')"),
        ("event.a | hmac(key='A')", "hmac takes its arguments without names and stars"),
        ("event.a | hmac('')", A_NAME),
        ("event.a | hmac('s3cr3t+/=')", A_NAME),
        ("event.a | hmac('canary')", A_NAME),
        ("event.a | hmac('KEY', 'canary')", "the filter hmac: it gives hex or base64: hmac('KEY', 'base64')"),
        ("event.a | regex_replace('a')", r"the filter regex_replace is written regex_replace('^www\.', '')"),
        ("event.a | regex_replace(event.b, '')", rf"the filter regex_replace {IN_QUOTES} regex_replace('^www\.', '')"),
        ("event.a | regex_replace('(', '')", "the filter regex_replace: the pattern '(' is not one that RE2 knows: missing ): ("),
        ("event.a | regex_replace('(?=a)', '')", "the filter regex_replace: the pattern '(?=a)' is not one that RE2 knows: "),
        (r"event.a | regex_replace('(a)', '\2')", r"the filter regex_replace: '\\2' names a group that '(a)' does not have"),
        (f"event.a | regex_replace('{'a' * 1025}', '')", "the filter regex_replace: the pattern is longer than 1024 bytes"),
        ("event.a | normalized_for('meta', 'mail')", f"the filter normalized_for: it does not know 'mail'; {THERE_ARE}"),
        (
            "event.a | hashed_for('meta')",
            f"the filter hashed_for: it has to be told what this is: hashed_for('meta', 'email'); {THERE_ARE}",
        ),
        ("'a' | hashed_for('meta')", "the filter hashed_for: it has to be told what this is: hashed_for('meta', 'email'); "),
        ("event.a | hashed_for", "the filter hashed_for is written hashed_for('VENDOR', 'email')"),
        ("event.a | hash_for('meta')", "unknown filter 'hash_for', did you mean hashed_for?"),
    ],
)
def test_mistakes_say_what_and_where(source: str, message: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_condition(source)

    assert str(raised.value).startswith(message)
    assert raised.value.offset == source.index("|") + 2
    assert "canary" not in str(raised.value)


NO_RULE = "is a hash already, which no rule can undo: take what it is of, or write hashed_for, which leaves hashes"


@pytest.mark.parametrize(
    ("source", "warnings"),
    [
        ("user.phone | hashed_for('meta', 'email')", ["user.phone is a phone, and is taken here for an email"]),
        (
            "event.user_data.address[0].first_name | normalized_for('x', 'last_name')",
            ["event.user_data.address.0.first_name is a first name, and is taken here for a last name"],
        ),
        ("user.email_sha256 | normalized_for('meta')", [f"user.email_sha256 {NO_RULE}"]),
        ("user.sha256_email | normalized_for('meta', 'email')", [f"user.sha256_email {NO_RULE}"]),
        ("event.a | sha256 | normalized_for('meta', 'email')", [f"what sha256 gives {NO_RULE}"]),
        ("event.a | hashed_for('x', 'email') | normalized_for('x', 'email')", [f"what hashed_for gives {NO_RULE}"]),
        (
            "event.a | hashed_for('x', 'email') | lower | sha256",
            ["what hashed_for gives is a hash already, and is hashed again here"],
        ),
        ("user.email_sha256 | hashed_for('meta')", []),
        ("user.email | trim | default('') | hashed_for('meta')", []),
        ("user.email | normalized_for('meta') | sha256", []),
        ("user.email | hashed_for('meta', 'external_id')", []),
        ("event.user_data.phone_number[0] | hashed_for('meta')", []),
        ("body.customer.date_of_birth | hashed_for('meta')", []),
        ("item.birthday | hashed_for('meta', 'birth_date')", []),
        ("var.contact | hashed_for('meta', 'email')", []),
    ],
)
def test_what_is_hardly_meant_is_warned_of(source: str, warnings: list[str]) -> None:
    assert [each.message for each in compile_condition(source).warnings] == warnings


def test_what_they_ask_for_by_name_is_among_the_references() -> None:
    expression = compile_condition("(event.a | hmac('KEY')) ~ (user.email | hashed_for('meta'))")
    assert {("secret", "KEY"), ("vendor", "meta")} < expression.references
    assert compile_condition("event.a | regex_replace('a', 'b')").references == {("event", "a")}


@pytest.mark.parametrize("stands_in", [MASK, PLACEHOLDER])
def test_where_the_key_is_not_known_the_mask_stands_for_the_signature(stands_in: str) -> None:
    assert value_of("event.id | hmac('SIGNING_KEY')", key=stands_in) == MASK


@pytest.mark.parametrize("key", [None, ""])
def test_nothing_is_signed_with_no_key(key: str | None) -> None:
    assert value_of("event.id | hmac('SIGNING_KEY')", key=key) is UNDEFINED


def test_a_key_of_other_bytes_than_utf_8_signs_with_those() -> None:
    key = b"\xff\xfe".decode("utf-8", "surrogateescape")
    assert value_of("event.id | hmac('SIGNING_KEY')", key=key) == hmac.digest(b"\xff\xfe", EVENT["id"].encode(), "sha256").hex()


@settings(max_examples=200)
@given(VALUES, st.text(min_size=8).filter(lambda key: key not in (MASK, PLACEHOLDER)), st.sampled_from(["", ", 'base64'"]))
def test_a_key_is_in_nothing_that_comes_out(value: Any, key: str, form: str) -> None:
    expression = compile_condition(f"event.a | hmac('SIGNING_KEY'{form})")
    found = value_of(expression, {"a": value}, key)
    assert found is UNDEFINED or re.fullmatch(r"[0-9a-f]{64}|[A-Za-z0-9+/]{43}=", found)
    assert key not in repr(expression)


REPLACEMENTS = st.sampled_from(["", "x", r"\0\0", r"\1-\1", "x" * 2_000, r"\\", "\\", "{}", "\ud800"])
PATTERNS = st.sampled_from(["(a)", "(x*)", "()", r"(\s+)", "(.)", "(?s)(.*)", r"(\w)|b", "(^)", "($)", r"(\b)"])


@settings(max_examples=400)
@given(PATTERNS, REPLACEMENTS, VALUES | st.sampled_from(["a " * 30_000, "\ud800a", "ab" * 400]))
def test_replacing_never_raises_and_its_result_is_never_too_long(pattern: str, text: str, value: Any) -> None:
    found = value_of(f"event.a | regex_replace('{pattern}', '{text}')", {"a": value})
    assert found is UNDEFINED or (type(found) is str and len(found) <= LONGEST_TEXT)


@settings(max_examples=200)
@given(st.text(alphabet="ab1 ", max_size=40), st.sampled_from(["a+", "(a)(b)?", r"\d", "b1|1b"]))
def test_replacing_is_what_pythons_own_engine_makes_of_it(text: str, pattern: str) -> None:
    assert value_of(rf"event.a | regex_replace('{pattern}', '<\0>')", {"a": text}) == re.sub(pattern, r"<\g<0>>", text)


def test_a_pattern_that_looks_at_all_that_follows_takes_no_more_than_a_moment() -> None:
    started = perf_counter()
    assert value_of("event.a | regex_replace('(a|b).*(b|c).*d|a', '')", {"a": "ab" * 32_000}) is UNDEFINED
    assert perf_counter() - started < 10


@settings(max_examples=300)
@given(st.sampled_from(sorted(RULES)), st.sampled_from(KINDS), VALUES, st.sampled_from(["normalized_for", "hashed_for"]))
def test_a_vendors_rule_never_raises_and_never_gives_nothing(vendor: str, kind: str, value: Any, name: str) -> None:
    found = value_of(f"event.a | {name}('{vendor}', '{kind}')", {"a": value})
    assert found is UNDEFINED or (type(found) is str and found)


@given(st.sampled_from(sorted(RULES)), st.sampled_from(KINDS), st.text(max_size=20))
def test_the_hash_of_what_is_normalised_is_the_hash(vendor: str, kind: str, text: str) -> None:
    whole, hashed = (
        f"event.a | {name}('{vendor}', '{kind}'){more}" for name, more in (("normalized_for", " | sha256"), ("hashed_for", ""))
    )
    assert value_of(whole, {"a": text}) == value_of(hashed, {"a": text})


def test_a_vendor_that_the_server_does_not_know_gives_nothing() -> None:
    assert value_of("event.mail | hashed_for('nobody', 'email')") is UNDEFINED
    assert isinstance(VENDORS["meta"], VendorRules)


def test_every_vendor_with_rules_has_the_name_of_its_tag() -> None:
    assert RULES.keys() - {"google"} <= set(installed().types("tag"))


@pytest.mark.parametrize("entry", WRITTEN.values(), ids=list(WRITTEN))
def test_the_example_of_each_works(entry: Any) -> None:
    compile_condition(f"event.a | {entry.example}")
