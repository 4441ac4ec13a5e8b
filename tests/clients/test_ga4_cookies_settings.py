"""The settings of the server's cookies: what each of them does, and how mistakes are told."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from config import SourceFile, load
from core.registry import installed
from core.types import Claim, Reply, Request
from tests.clients.server_cookies import OLD, SECRET, VECTOR, VECTOR_ID, claim, client, cookies_of, event_of, hit


def test_every_setting_of_the_cookie() -> None:
    found = claim(hit("&_fplc=0"), name="_id", domain=".Example.org", path="/metrics", max_age="90d", secret=SECRET)
    assert isinstance(found.reply, Reply)
    own, link = (value.partition(";")[2] for name, value in found.reply.headers if name == "set-cookie")
    assert own == " Max-Age=7776000; Domain=example.org; Path=/metrics; Secure; SameSite=Lax; HttpOnly"
    assert link == " Max-Age=72000; Domain=example.org; Path=/metrics; Secure; SameSite=Lax"
    assert list(cookies_of(found)) == ["_id", "FPLC"]


def test_more_secrets_than_a_rotation_needs_are_refused() -> None:
    with pytest.raises(ValidationError):
        client(secret=[SECRET] * 5)


@pytest.mark.parametrize(
    ("name", "set"),
    [
        ("", None),
        ("{{ event.cookie }}", "mine"),
        ("{{ event.none }}", None),
        ("{{ '' }}", None),
        ("{{ env.NAME }}", "SID"),
        ("{{ event.cookie ~ ';' }}", None),
        ("{{ event.cookie }} x", None),
        ("{{ event.epn }}", None),
        ("FP{{ 'LC' }}", None),
    ],
)
def test_a_name_that_is_empty_or_impossible_turns_it_off_for_the_hit(name: str, set: str | None) -> None:
    found = claim(hit("&ep.cookie=mine&epn.epn=5", f"mine={VECTOR}; SID={VECTOR}"), name=name)
    assert cookies_of(found) == ({set: VECTOR} if set else {})
    assert event_of(found)["client_id"] == (VECTOR_ID if set else OLD)


@settings(max_examples=200)
@given(st.text(max_size=40), st.text(max_size=40))
def test_no_byte_of_input_names_another_cookie(name: str, cookie: str) -> None:
    query = f"v=2&tid=G-ABC&en=a&ep.name={quote(name.encode('utf-8', 'replace'))}"
    found = claim(Request("r", 0, "GET", "/g/collect", query, (("cookie", cookie),)), name="{{ event.name }}")
    assert all(line.split("; ")[1] == "Max-Age=63072000" for line in cookie_lines(found))
    assert set(cookies_of(found)) <= {name}


def cookie_lines(found: Claim) -> list[str]:
    assert isinstance(found.reply, Reply)
    return [value for name, value in found.reply.headers if name == "set-cookie"]


NOT_A_NAME = "must be the name of a cookie, such as FPID: letters, digits, _ and -; FPLC is taken"
NOT_A_SECRET = "a secret is not allowed here; list its name under `environment` if it is not secret"
NOT_A_DOMAIN = "must be auto or a domain that browsers take cookies for, such as example.com"


@pytest.mark.parametrize(
    ("cookies", "said"),
    [
        ("{name: 'a b'}", f"clients.ga4.cookies.name: {NOT_A_NAME}"),
        ("{name: FPLC}", f"clients.ga4.cookies.name: {NOT_A_NAME}"),
        ("{name: 5}", f"clients.ga4.cookies.name: {NOT_A_NAME}"),
        ("{name: '${X}'}", f"clients.ga4.cookies.name: {NOT_A_SECRET}"),
        ("{domain: co.uk}", f"clients.ga4.cookies.domain: {NOT_A_DOMAIN}"),
        ("{domain: 'https://example.com'}", f"clients.ga4.cookies.domain: {NOT_A_DOMAIN}"),
        ("{domain: localhost}", f"clients.ga4.cookies.domain: {NOT_A_DOMAIN}"),
        ("{path: 'x'}", "clients.ga4.cookies.path: must match ^/[!-:<-~]*$"),
        ("{path: '/;a'}", "clients.ga4.cookies.path: must match ^/[!-:<-~]*$"),
        ("{max_age: 0}", "clients.ga4.cookies.max_age: must be at least 1"),
        ("{mode: both}", "clients.ga4.cookies.mode: must be 'js' or 'server'"),
        ("{secrets: a}", "clients.ga4.cookies.secrets: unknown key, did you mean secret?"),
        (
            "{when: \"env.STAGE == '${STAGE}'\"}",
            "clients.ga4.cookies.when: ${NAME} is not replaced inside a `when`; list NAME under `environment` and write env.NAME",
        ),
        ("{secret: plain}", "clients.ga4.cookies.secret: a secret stands in the file; give it as ${NAME}"),
        ("{name: '', domain: .Example.com, secret: '${X}', when: event.a == 'x', path: /a, max_age: 1d}", None),
    ],
)
def test_mistakes_are_told_in_words(cookies: str, said: str | None) -> None:
    text = f"environment: {{STAGE: live}}\nclients: {{ga4: {{measurement_ids: G-1, cookies: {cookies}}}}}\n"
    text += "variables: {}\ntags: {ga4: {parameters: {set: {stage: '{{ env.STAGE }}'}}}}\n"
    loaded = load([SourceFile("a", text.encode())], registry=installed(), environ={}, read=lambda _: b"", serve=False)
    assert [str(problem).partition(": ")[2] for problem in loaded.problems] == ([said] if said else [])
