from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from clients.ga4 import Ga4
from config import SourceFile, load
from core.component import Setup
from core.context import Shared
from core.fields import Template
from core.registry import installed
from core.types import Claim, Event, Headers, Reply, Request
from wire.cookies.fpid import Fpid, read_fpid
from wire.readers import READERS

NOW = 1_764_340_311
OLD = f"1307714608.{NOW - 4_000_000}"
VECTOR = "FPID2.1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8%3D.1760043792"
VECTOR_ID = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=.1760043792"
SECRET = "a secret of 32 random characters"


def client(consent: dict[str, str] | None = None, **cookies: Any) -> Ga4:
    fills = {kind: Template(value).evaluate for kind, value in (consent or {}).items()}
    around = Shared(readers=READERS, consent_fills=fills, environment={"NAME": "SID"}, own_secret="made at the first start")
    found = Ga4.Settings.model_validate({"cookies": {"mode": "server", **cookies}})
    return Ga4(found, Setup("web", {}, around))  # type: ignore[arg-type]  # Settings is the class's own


def hit(
    more: str = "",
    cookie: str | None = None,
    *,
    cid: str = OLD,
    host: str = "data.shop.example",
    body: bytes = b"",
    entropy: bytes = bytes(32),
    later: int = 0,
    headers: Headers = (),
) -> Request:
    cookies: Headers = () if cookie is None else (("cookie", cookie),)
    return Request(
        "r1",
        (NOW + later) * 1_000_000 + 500_000,
        "POST" if body else "GET",
        "/g/collect",
        f"v=2&tid=G-ABC&cid={quote(cid)}{more}" + ("" if body else "&en=page_view"),
        (("host", host), *cookies, *headers),
        body,
        entropy=entropy,
    )


def claim(request: Request, **cookies: Any) -> Claim:
    found = client(**cookies).claim(request)
    assert isinstance(found, Claim)
    return found


def cookies_of(found: Claim) -> dict[str, str]:
    """Name and value of every cookie that is set, as the browser keeps them."""
    assert isinstance(found.reply, Reply)
    lines = [value for name, value in found.reply.headers if name == "set-cookie"]
    kept = dict(line.split(";")[0].split("=", 1) for line in lines)
    assert len(kept) == len(lines)
    return kept


def event_of(found: Claim) -> Event:
    [event] = found.events
    return event


def test_by_default_no_cookie_is_read_or_set() -> None:
    request = hit("&_fplc=0", f"FPID={VECTOR}")
    found = Ga4(Ga4.Settings(), Setup("web")).claim(request)  # type: ignore[arg-type]  # Settings is the class's own
    assert isinstance(found, Claim)
    assert cookies_of(found) == {}
    assert event_of(found)["client_id"] == OLD
    assert "x-ga-js_client_id" not in event_of(found)
    assert request._parsed == {}


def test_a_known_visitor_keeps_the_servers_client_id_and_the_cookie_is_refreshed() -> None:
    found = claim(hit(cookie=f"a=b; FPID={VECTOR}; c=d"))
    assert event_of(found)["client_id"] == VECTOR_ID
    assert event_of(found)["x-ga-js_client_id"] == OLD
    assert found.reply == Reply(
        204,
        (
            ("cache-control", "no-cache"),
            ("set-cookie", f"FPID={VECTOR}; Max-Age=63072000; Domain=shop.example; Path=/; Secure; SameSite=Lax; HttpOnly"),
        ),
    )


@pytest.mark.parametrize(
    ("more", "cid", "settings", "migrated"),
    [
        ("", OLD, {}, True),
        ("", OLD, {"migrate_from_js": False}, False),
        ("&_fv=1", OLD, {}, False),
        ("&_fv=2", OLD, {}, False),
        ("", f"1.{NOW - 59}", {}, False),
        ("", f"1.{NOW - 60}", {}, True),
        ("", "555", {}, False),
        ("", "5000000000.5", {}, False),
        ("", "amp-abc", {}, False),
        ("", "", {}, False),
    ],
)
@pytest.mark.parametrize("secret", [None, SECRET])
def test_who_is_new_and_who_is_from_before(
    more: str, cid: str, settings: dict[str, Any], migrated: bool, secret: str | None
) -> None:
    first = claim(hit(more, cid=cid), secret=secret, **settings)
    identity = event_of(first)["client_id"]
    assert (identity == cid) == migrated
    assert event_of(first).get("x-ga-js_client_id", "") == cid
    kept = cookies_of(first)["FPID"]
    assert read_fpid(kept)

    # The browser has deleted _ga since: gtag has made another client id.
    again = claim(hit("&_fv=1", f"FPID={kept}", cid=f"77.{NOW + 900}", later=900), secret=secret)
    assert event_of(again)["client_id"] == identity
    assert cookies_of(again) == {"FPID": kept}


def test_a_hit_without_a_client_id_gets_one() -> None:
    request = Request("r", NOW * 1_000_000, "GET", "/g/collect", "v=2&tid=G-ABC&en=a", entropy=bytes(range(32)))
    for secret in (None, SECRET):
        event = event_of(claim(request, secret=secret))
        assert event["client_id"].endswith(f".{NOW}")
        assert event["client_id"].startswith("AAECAwQFBgcA")
        assert "x-ga-js_client_id" not in event


@pytest.mark.parametrize(
    ("host", "domain", "level"),
    [
        ("shop.example.co.uk", "Domain=example.co.uk", 3),
        ("data.example.com", "Domain=example.com", 2),
        ("data.example.com:8443", "Domain=example.com", 2),
        ("localhost", None, 1),
        ("192.0.2.1", None, 1),
        ("[2001:db8::1]", None, 1),
        ("evil.com;Domain=bank.com", None, 1),
    ],
)
def test_the_cookies_domain(host: str, domain: str | None, level: int) -> None:
    reply = claim(hit("&_fplc=0", host=host), secret=SECRET).reply
    assert isinstance(reply, Reply)
    for _, line in reply.headers[1:]:
        assert [part for part in line.split("; ") if part.startswith("Domain")] == ([domain] if domain else [])
    assert reply.headers[1][1].startswith(f"FPID=FPID2.{level}.")


def test_every_setting_of_the_cookie() -> None:
    found = claim(hit("&_fplc=0"), name="_id", domain=".Example.org", path="/metrics", max_age="90d", secret=SECRET)
    assert isinstance(found.reply, Reply)
    own, link = (value.partition(";")[2] for name, value in found.reply.headers if name == "set-cookie")
    assert own == " Max-Age=7776000; Domain=example.org; Path=/metrics; Secure; SameSite=Lax; HttpOnly"
    assert link == " Max-Age=72000; Domain=example.org; Path=/metrics; Secure; SameSite=Lax"
    assert list(cookies_of(found)) == ["_id", "FPLC"]


@pytest.mark.parametrize(
    ("more", "accept", "status", "type"),
    [("", "*/*", 204, None), ("", "image/avif,*/*", 200, "image/gif"), ("&richsstsse", "*/*", 200, "text/event-stream")],
)
def test_every_kind_of_reply_sets_it_and_is_kept_by_nobody(more: str, accept: str, status: int, type: str | None) -> None:
    for _ in range(2):  # the second shows that the first left no trace in what is shared
        found = claim(hit(more, headers=(("accept", accept),)))
        assert isinstance(found.reply, Reply)
        headers = dict(found.reply.headers)
        assert (found.reply.status, headers.get("content-type"), headers["cache-control"]) == (status, type, "no-cache")
        assert list(cookies_of(found)) == ["FPID"]


@pytest.mark.parametrize("request_", [hit(body=b"dt=x"), Request("r", 0, "OPTIONS", "/g/collect"), hit("&a" * 1000)])
def test_where_no_event_came_no_cookie_is_set(request_: Request) -> None:
    assert cookies_of(claim(request_)) == {}


BAD = [
    "FPID2.1.AAEC.5",
    "GA1.1.5.5",
    VECTOR.replace("FPID2", "FPID1"),
    VECTOR + "9" * 5000,
    VECTOR.replace("AAEC", "%0d%0aSet-Cookie:"),
    "",
]


@pytest.mark.parametrize("bad", BAD)
def test_a_cookie_that_cannot_be_read_is_none(bad: str) -> None:
    assert claim(hit(cookie=f"FPID={bad}"), secret=SECRET) == claim(hit(), secret=SECRET)
    assert event_of(claim(hit(cookie=f"FPID={bad}; FPID={VECTOR}")))["client_id"] == VECTOR_ID


def test_of_two_cookies_the_first_that_parses_counts() -> None:
    other = Fpid(bytes(32), 5).text
    assert event_of(claim(hit(cookie=f"FPID={VECTOR}; FPID={other}")))["client_id"] == VECTOR_ID
    assert event_of(claim(hit(cookie=f"FPID={other}", headers=(("cookie", f"FPID={VECTOR}"),))))["client_id"] == "A" * 43 + "=.5"


FRESH = f"1307714608.{NOW - 1}"


@pytest.mark.parametrize("secret", [SECRET, None, ""])
def test_simultaneous_first_hits_are_one_visitor(secret: str | None) -> None:
    one = claim(hit("&_fv=1", entropy=b"1" * 32, cid=FRESH), secret=secret)
    two = claim(hit(entropy=b"2" * 32, later=1, cid=FRESH), secret=secret)
    assert event_of(one)["client_id"] == event_of(two)["client_id"]
    assert cookies_of(one) == cookies_of(two)
    assert cookies_of(one) != cookies_of(claim(hit(cid=FRESH), secret="another"))
    assert cookies_of(one) != cookies_of(claim(hit(cid=f"2.{NOW - 1}"), secret=secret))


def test_without_a_secret_in_the_file_the_installations_own_makes_the_difference() -> None:
    def made(own_secret: str) -> Claim:
        settings = Ga4.Settings.model_validate({"cookies": {"mode": "server"}})
        found = Ga4(settings, Setup("web", {}, Shared(own_secret=own_secret))).claim(hit(cid=FRESH))  # type: ignore[arg-type]  # Settings is the class's own
        assert isinstance(found, Claim)
        return found

    assert event_of(made("one"))["client_id"] == event_of(made("one"))["client_id"] != event_of(made("two"))["client_id"]


@pytest.mark.parametrize("secret", [SECRET, None])
@pytest.mark.parametrize(
    "cid",
    [
        "35009a79-1a05-49d7-b876-2b884d0f825b",
        "amp-x7",
        "555",
        "5.",
        "x" * 3000,
        "Jürgen 東京 🙂",
        "\udcff\ud800",
        "a.b.c",
        " ",
        "0",
    ],
)
def test_a_client_id_of_any_shape_is_one_visitor_whenever_it_comes(cid: str, secret: str | None) -> None:
    query = "v=2&tid=G-ABC&en=a&cid=" + quote(cid.encode("utf-8", "surrogatepass"))
    found = [
        claim(Request("r", (NOW + later) * 1_000_000, "GET", "/g/collect", f"{query}{more}", entropy=entropy), secret=secret)
        for later, more, entropy in ((0, "&_fv=1", b"1" * 32), (1, "", b"2" * 32), (90_000, "", b"3" * 32))
    ]
    assert len({event_of(each)["client_id"] for each in found}) == 1
    assert len({cookies_of(each)["FPID"] for each in found}) == 1
    other = claim(Request("r", NOW * 1_000_000, "GET", "/g/collect", f"{query}.", entropy=b"1" * 32), secret=secret)
    assert event_of(other)["client_id"] != event_of(found[0])["client_id"]


@pytest.mark.parametrize("cid", [OLD, FRESH])
def test_a_link_between_two_domains_keeps_one_identity(cid: str) -> None:
    here = claim(hit("&_fplc=0", cid=cid, host="www.shop.example"), secret=SECRET)
    token = cookies_of(here)["FPLC"]
    there = claim(hit(f"&_fv=1&_fplc={token}", cid=f"99.{NOW}", host="www.shop.co.uk", later=3600), secret=SECRET)
    assert event_of(there)["client_id"] == event_of(here)["client_id"]
    assert event_of(there)["x-ga-js_client_id"] == f"99.{NOW}"
    kept = cookies_of(there)
    assert list(kept) == ["FPID"]
    assert kept["FPID"] == cookies_of(here)["FPID"].replace("FPID2.2.", "FPID2.3.", 1)


def test_a_visitor_who_is_known_here_is_not_replaced_by_a_link() -> None:
    token = cookies_of(claim(hit("&_fplc=0"), secret=SECRET))["FPLC"]
    assert event_of(claim(hit(f"&_fplc={token}", f"FPID={VECTOR}"), secret=SECRET))["client_id"] == VECTOR_ID


@pytest.mark.parametrize(
    ("change", "later", "secret"),
    [
        (lambda token: token, 20 * 3600, SECRET),
        (lambda token: token, 0, "another secret"),
        (lambda token: token, 0, None),
        (lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"), 0, SECRET),
        (lambda token: token[:40], 0, SECRET),
        (lambda token: token * 20, 0, SECRET),
        (lambda _: "", 0, SECRET),
        (lambda _: "1", 0, SECRET),
    ],
)
def test_a_token_that_is_forged_or_stale_is_ignored(change: Any, later: int, secret: str | None) -> None:
    token = cookies_of(claim(hit("&_fplc=0", cid="5.5"), secret=SECRET))["FPLC"]
    linked = claim(hit(f"&_fplc={change(token)}", later=later), secret=secret)
    plain = claim(hit(later=later), secret=secret)
    assert event_of(linked)["client_id"] == event_of(plain)["client_id"] == OLD
    assert cookies_of(linked) == cookies_of(plain)


def linking(later: int = 0) -> str:
    return cookies_of(claim(hit("&_fplc=0", f"FPID={VECTOR}", later=later), secret=SECRET))["FPLC"]


@pytest.mark.parametrize(
    ("more", "cookie", "due"),
    [
        ("&_fplc=0", "", True),
        ("&_fplc=0", f"FPLC={linking()}", True),
        ("", "", False),
        ("&_fplc=x", "", False),
        ("&ep._fplc=0", "", False),
        ("&_fplc", "", False),
        ("", f"FPLC={linking()}", False),
        ("", f"FPLC=junk; FPLC={linking()}", False),
        ("", f"FPLC={linking(-9 * 3600)}", False),
        ("", f"FPLC={linking(-10 * 3600)}", True),
        ("", f"FPLC={linking(-30 * 3600)}", True),
        ("", "FPLC=another servers", True),
        ("", f"FPLC={cookies_of(claim(hit('&_fplc=0', cid='5.5'), secret=SECRET))['FPLC']}", True),
    ],
)
def test_when_the_link_cookie_is_written(more: str, cookie: str, due: bool) -> None:
    found = claim(hit(more, f"FPID={VECTOR}; {cookie}"), secret=SECRET)
    assert cookies_of(found) == {"FPID": VECTOR, **({"FPLC": linking()} if due else {})}


NEW = "another secret of 32 characters."
STEPS: list[Any] = [SECRET, [SECRET, NEW], [NEW, SECRET], [NEW], NEW]


@pytest.mark.parametrize(("here", "there"), list(pairwise(STEPS)))
def test_at_every_step_of_a_rotation_servers_understand_the_links_of_those_before_and_after(here: Any, there: Any) -> None:
    for sealed_by, opened_by in ((here, there), (there, here)):
        token = cookies_of(claim(hit("&_fplc=0", f"FPID={VECTOR}"), secret=sealed_by))["FPLC"]
        linked = claim(hit(f"&_fv=1&_fplc={token}", cid=f"99.{NOW}"), secret=opened_by)
        assert event_of(linked)["client_id"] == VECTOR_ID


def test_the_first_secret_signs_and_what_another_has_sealed_is_sealed_anew() -> None:
    old = f"FPID={VECTOR}; FPLC={linking()}"
    assert "FPLC" not in cookies_of(claim(hit(cookie=old), secret=[SECRET, NEW]))
    renewed = cookies_of(claim(hit(cookie=old), secret=[NEW, SECRET]))["FPLC"]
    assert renewed == cookies_of(claim(hit("&_fplc=0", f"FPID={VECTOR}"), secret=NEW))["FPLC"]
    assert "FPLC" not in cookies_of(claim(hit(cookie=f"FPID={VECTOR}; FPLC={renewed}"), secret=[NEW, SECRET]))


@pytest.mark.parametrize("secret", [SECRET, [SECRET, NEW], [NEW, SECRET], [NEW]])
def test_whoever_has_his_cookie_stays_who_he_is_whatever_the_secrets(secret: Any) -> None:
    assert event_of(claim(hit(cookie=f"FPID={VECTOR}"), secret=secret))["client_id"] == VECTOR_ID


@pytest.mark.parametrize(
    ("one", "other"), [(SECRET, [SECRET]), (SECRET, [SECRET, NEW]), (SECRET, ["", SECRET]), (None, []), (None, "")]
)
def test_new_visitors_are_made_by_the_first_secret_that_is_one(one: Any, other: Any) -> None:
    first, second = (claim(hit("&_fplc=0", cid=FRESH), secret=each) for each in (one, other))
    assert cookies_of(first) == cookies_of(second)


def test_more_secrets_than_a_rotation_needs_are_refused() -> None:
    with pytest.raises(ValidationError):
        client(secret=[SECRET] * 5)


def test_without_a_secret_there_is_no_link_cookie() -> None:
    assert list(cookies_of(claim(hit("&_fplc=0", "FPLC=x")))) == ["FPID"]


DENIED = ["&gcs=G110", "&gcs=G100", "&gcd=13p3p3p3p5l1", "&gcd=13q3q3q3q5l1", "&gcd=13u3u3u3u5", "&gcs=G111&gcd=13p3p3p3p5l1"]
ALLOWED = [
    "",
    "&gcs=G111",
    "&gcs=G101",
    "&gcs=G1--",
    "&gcd=13l3l3l3l1l1",
    "&gcd=13p3t3l3l5l1",
    "&gcs=junk",
    "&gcs=G110&gcd=13t3t3t3t5l1",
]


@pytest.mark.parametrize("more", DENIED)
def test_while_consent_is_denied_nothing_is_read_or_set(more: str) -> None:
    found = claim(hit(f"{more}&_fplc=0", f"FPID={VECTOR}"), secret=SECRET)
    assert event_of(found)["client_id"] == OLD
    assert "x-ga-js_client_id" not in event_of(found)
    assert found.reply == Reply(204, (("cache-control", "no-cache"),))
    assert found == claim(hit(f"{more}&_fplc=0"), secret=SECRET)


@pytest.mark.parametrize("more", ALLOWED)
def test_what_is_not_denied_is_allowed(more: str) -> None:
    assert cookies_of(claim(hit(more, f"FPID={VECTOR}"))) == {"FPID": VECTOR}


@pytest.mark.parametrize("more", DENIED)
def test_a_link_brings_nobody_in_while_consent_is_denied(more: str) -> None:
    assert event_of(claim(hit(f"{more}&_fplc={linking()}"), secret=SECRET))["client_id"] == OLD


@pytest.mark.parametrize(
    ("more", "fill", "allowed"),
    [
        ("", "{{ event.storage }}", True),
        ("&ep.storage=denied", "{{ event.storage }}", False),
        ("&ep.storage=granted", "{{ event.storage }}", True),
        ("&ep.storage=denied&gcs=G101", "{{ event.storage }}", True),
        ("&gcs=G110", "granted", False),
        ("", "denied", False),
        ("", "{{ 'denied' if request.cookies.consent == 'no' else 'granted' }}", False),
    ],
)
def test_the_containers_consent_fills_in(more: str, fill: str, allowed: bool) -> None:
    found = claim(hit(more, f"FPID={VECTOR}; consent=no"), consent={"analytics_storage": fill})
    assert bool(cookies_of(found)) == allowed
    assert (event_of(found)["client_id"] == VECTOR_ID) == allowed


@pytest.mark.parametrize(
    ("more", "when", "allowed"),
    [
        ("", "true", True),
        ("", "false", False),
        ("", "consent.analytics_storage == 'granted'", False),
        ("&gcs=G101", "consent.analytics_storage == 'granted'", True),
        ("", ["client == 'web'", "request.cookies.consent == 'no'"], True),
        ("", ["client == 'web'", "request.cookies.consent == 'yes'"], False),
        ("&gcs=G110", "true", False),
        ("", "event.none.at.all > 5", False),
    ],
)
def test_when_can_be_stricter(more: str, when: Any, allowed: bool) -> None:
    assert bool(cookies_of(claim(hit(more, f"FPID={VECTOR}; consent=no"), when=when))) == allowed


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


def test_a_batch_is_one_visitor_with_one_cookie() -> None:
    found = claim(hit(body=b"en=a\r\nen=b&cid=9.9\r\nen=c", cookie=f"FPID={VECTOR}"))
    assert [event["client_id"] for event in found.events] == [VECTOR_ID] * 3
    assert [event["x-ga-js_client_id"] for event in found.events] == [OLD, "9.9", OLD]
    assert cookies_of(found) == {"FPID": VECTOR}


def test_an_event_of_a_batch_that_denies_is_left_alone() -> None:
    found = claim(hit(body=b"en=a&gcs=G110\r\nen=b\r\nen=c&gcs=G110", cookie=f"FPID={VECTOR}"))
    assert [event["client_id"] for event in found.events] == [OLD, VECTOR_ID, OLD]
    assert cookies_of(found) == {"FPID": VECTOR}


LINE = re.compile(
    r"(FPID=FPID2\.\d+\.[A-Za-z0-9%]+\.\d+|FPLC=[A-Za-z0-9_-]{96}); Max-Age=\d+; (Domain=[a-z0-9_.-]+; )?"
    r"Path=/; Secure; SameSite=Lax(; HttpOnly)?"
)
TEXT = st.text(max_size=40) | st.sampled_from(
    ["\r\nset-cookie: a=b", "; Domain=evil.com", "a=b; c=d", "%0d%0a", "\0", "0", VECTOR]
)


@settings(max_examples=300)
@given(TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, st.booleans())
def test_no_byte_of_input_makes_a_header_or_another_cookie(
    cid: str, fplc: str, location: str, cookie: str, host: str, junk: str, raw: bool
) -> None:
    encode = str if raw else (lambda text: quote(text.encode("utf-8", "replace")))
    query = f"v=2&tid=G-ABC&en=a&cid={encode(cid)}&_fplc={encode(fplc)}&dl={encode(location)}&{encode(junk)}"
    headers = (("host", host), ("cookie", f"FPID={cookie}; FPLC={fplc}; {junk}"), ("cookie", junk))
    request = Request("r", NOW * 1_000_000, "GET", "/g/collect", query, headers)
    found = claim(request, secret=SECRET)
    assert isinstance(found.reply, Reply)
    set_cookies = [value for name, value in found.reply.headers if name != "cache-control"]
    assert len(found.reply.headers) == len(set_cookies) + 1
    assert all(LINE.fullmatch(line) for line in set_cookies)
    assert len(cookies_of(found)) in (1, 2)


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
