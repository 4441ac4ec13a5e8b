"""Which files are served from here, for whom, and where each comes from."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from pydantic import ValidationError

from clients.google_scripts import GoogleScriptsSettings
from core.types import Claim, Declined, Reply, Upstream
from tests.clients.asked_for_scripts import GOOGLE, IDS, asked, reply
from wire.replies import refusal


@pytest.mark.parametrize(
    ("path", "kind"), [("/gtag/js", "script"), ("/gtm.js", "script"), ("/gtag/destination", "script"), ("/ns.html", "frame")]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("id", IDS)
def test_a_listed_id_is_fetched_from_the_same_path(path: str, kind: str, method: str, id: str) -> None:
    assert reply(path, f"id={id}", method) == Upstream(kind, id, f"{GOOGLE}{path}?id={id}")


@pytest.mark.parametrize(
    ("query", "asked_of"),
    [
        ("id=GTM-ABC123&l=dataLayer&cx=c&gtm=45He5bi1v9&sign=x", "id=GTM-ABC123&l=dataLayer&cx=c&gtm=45He5bi1v9&sign=x"),
        ("gtm=45He5bi1v9&cx=c&l=layer&id=GTM-ABC123", "id=GTM-ABC123&l=layer&cx=c&gtm=45He5bi1v9"),
        ("id=GTM-ABC123&gtm_auth=aB_c-1&gtm_preview=env-3&gtm_cookies_win=x",) * 2,
        ("id=GTM-ABC123&gtm_auth=&gtm_preview=&gtm_cookies_win=x", "id=GTM-ABC123"),
        ("id=GTM-ABC123&gtm_auth=&gtm_preview=env-3&gtm_cookies_win=x", "id=GTM-ABC123&gtm_preview=env-3&gtm_cookies_win=x"),
        ("gtm_cookies_win=x&gtm_preview=ENV-3&id=GTM-ABC123", "id=GTM-ABC123&gtm_preview=ENV-3&gtm_cookies_win=x"),
        ("id=GTM-ABC123&gtm_auth&gtm_preview&gtm_debug=", "id=GTM-ABC123"),
        ("id=GTM-ABC123&gtm_debug=x", "id=GTM-ABC123&gtm_debug=x"),
        ("id=GTM-ABC123&GTM_PREVIEW=env-3&L=layer", "id=GTM-ABC123"),
        ("id=GTM-ABC123&l=first&l=second&flag&empty=", "id=GTM-ABC123&l=first"),
        ("id=GTM%2DABC123&l=a%20b%26id%3DX&tag_exp=1~2", "id=GTM-ABC123&l=a%20b%26id%3DX&tag_exp=1~2"),
        ("&&id=GTM-ABC123&", "id=GTM-ABC123"),
        ("id=GTM-ABC123&l=k\xc3\xb6ln", "id=GTM-ABC123&l=k%C3%B6ln"),
        (f"id=GTM-ABC123&l={'x' * 513}", "id=GTM-ABC123"),
    ],
)
def test_upstream_is_asked_with_what_its_scripts_depend_on(query: str, asked_of: str) -> None:
    assert reply("/gtm.js", query) == Upstream("script", "GTM-ABC123", f"{GOOGLE}/gtm.js?{asked_of}")


def test_a_frame_depends_on_no_data_layer() -> None:
    url = f"{GOOGLE}/ns.html?id=GTM-ABC123"
    assert reply("/ns.html", "id=GTM-ABC123&l=layer&gtm_auth=&gtm_cookies_win=x") == Upstream("frame", "GTM-ABC123", url)


def test_what_no_script_depends_on_is_no_other_file_and_that_is_told() -> None:
    claims = [asked("/gtag/js", f"id=GT-XYZ&v{number}={number}&cb=1") for number in range(600)]
    assert {claim.reply for claim in claims if isinstance(claim, Claim)} == {
        Upstream("script", "GT-XYZ", f"{GOOGLE}/gtag/js?id=GT-XYZ")
    }
    assert isinstance(claims[7], Claim)
    [finding] = claims[7].findings
    assert (finding.code, finding.description[-8:]) == ("SCRIPT_PARAMETER_LEFT_OUT", ": v7, cb")


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "exactly one id is needed"),
        ("id", "the id is none of Google's form"),
        ("id=", "the id is none of Google's form"),
        ("id=GTM-ABC123%20", "the id is none of Google's form"),
        ("id=GTM-ABC123+", "the id is none of Google's form"),
        ("id=GTM-ABC123%00", "the id is none of Google's form"),
        ("id=GTM-ABC123/../x", "the id is none of Google's form"),
        ("id=//evil.example", "the id is none of Google's form"),
        ("id=GTM-ABC123%0d%0aSet-Cookie:%20a=1", "the id is none of Google's form"),
        ("Id=GTM-ABC123", "exactly one id is needed"),
        ("l=id", "exactly one id is needed"),
        ("id=GTM-ABC123&id=GTM-OTHER", "exactly one id is needed"),
        ("id=GTM-OTHER&id=GTM-ABC123", "exactly one id is needed"),
        ("id=GTM-ABC123&id=GTM-ABC123", "exactly one id is needed"),
        ("id=GTM-ABC123&%69d=GTM-OTHER", "exactly one id is needed"),
        ("id=GTM-ABC123&id%20=GTM-OTHER", "exactly one id is needed"),
        ("id=GTM-ABC123&+id=GTM-OTHER", "exactly one id is needed"),
        ("id=GTM-ABC123&x=1;id=GTM-OTHER", "exactly one id is needed"),
    ],
)
@pytest.mark.parametrize("path", ["/gtag/js", "/gtm.js", "/gtag/destination", "/ns.html", "/debug/bootstrap"])
def test_no_id_or_more_than_one_is_refused(path: str, query: str, why: str) -> None:
    claim = asked(path, query)
    assert isinstance(claim, Claim)
    assert claim.reply == refusal(why)
    assert [(each.code, each.description) for each in claim.findings] == [("SCRIPT_ID_INVALID", why)]


def sent_on(path: str, query: str, method: str = "GET", **settings: Any) -> tuple[str, list[str]]:
    """Where a redirect leads, and which ids it says are not listed."""
    claim = asked(path, query, method, **settings)
    assert isinstance(claim, Claim)
    assert isinstance(claim.reply, Reply)
    assert claim.reply.status == 302
    headers = dict(claim.reply.headers)
    assert (headers["cache-control"], headers["cross-origin-resource-policy"]) == ("no-store", "cross-origin")
    assert all((each.field_path, each.code) == ("id", "SCRIPT_ID_NOT_LISTED") for each in claim.findings)
    return headers["location"], [each.subject for each in claim.findings]


@pytest.mark.parametrize(
    ("path", "query", "id"),
    [
        ("/gtag/js", "id=AW-987654321&cx=c&gtm=45je64h1v8za204", "AW-987654321"),
        ("/gtag/destination", "id=AW-987654321&l=dataLayer", "AW-987654321"),
        ("/gtm.js", "id=GTM-OTHER", "GTM-OTHER"),
        ("/gtm.js", "id=gtm-abc123&gtm_auth=&gtm_preview=", "gtm-abc123"),
        ("/gtm.js", "x=%0d%0a&id=GTM-OTHER&y=a b", "GTM-OTHER"),
        ("/ns.html", "id=GTM-OTHER", "GTM-OTHER"),
        ("/debug/bootstrap", "id=AW-987654321&src=GTAG&cond=2", "AW-987654321"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_id_that_is_not_listed_is_to_be_had_from_google(path: str, query: str, id: str, method: str) -> None:
    assert sent_on(path, query, method) == (f"{GOOGLE}{path}?{query.replace(' ', '%20')}", [id])


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/debug/bootstrap", "id=GTM-ABC123&src=GTM&cond=2&gtm=45je64h1v8za204"),
        ("/debug/badge", "id=G-ABC1234567"),
        ("/debug/badge", ""),
        ("/debug/badge.css", ""),
    ],
)
def test_what_tag_assistant_asks_for_comes_from_google(path: str, query: str) -> None:
    assert sent_on(path, query, upstream="http://127.0.0.1:9") == (f"http://127.0.0.1:9{path}{'?' if query else ''}{query}", [])


@pytest.mark.parametrize("path", ["/debug/mp/collect", "/debug", "/debug/", "/debug/other", "/debug/bootstrap/x"])
def test_other_paths_for_debugging_are_another_clients(path: str) -> None:
    assert isinstance(asked(path, "id=GTM-ABC123"), Declined)


@pytest.mark.parametrize("path", ["/gtag/js/", "/gtag/js2", "/gtm.json", "/x/gtm.js", "//gtm.js", "/GTM.js", "/g/collect", "/"])
def test_other_paths_are_another_clients(path: str) -> None:
    assert isinstance(asked(path, "id=GTM-ABC123"), Declined)


@pytest.mark.parametrize("path", ["/gtm.js", "/_/service_worker/5710/sw.js"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", ""])
def test_only_what_reads_is_answered(path: str, method: str) -> None:
    assert isinstance(asked(path, "id=GTM-ABC123", method), Declined)


@pytest.mark.parametrize("path", ["/gtm.js", "/gtag/js", "/_/service_worker/5710/sw.js"])
def test_a_preflight_is_answered(path: str) -> None:
    assert reply(path, "", "OPTIONS") == Reply(204)


class TestAPathOfOnesOwn:
    PATHS: ClassVar = {"GTM-ABC123": "/assets/m.js", "G-OWN": "/assets/g.js"}

    @pytest.mark.parametrize(
        ("path", "query", "id", "url"),
        [
            ("/assets/m.js", "", "GTM-ABC123", "/gtm.js?id=GTM-ABC123"),
            ("/assets/m.js", "l=layer", "GTM-ABC123", "/gtm.js?id=GTM-ABC123&l=layer"),
            ("/assets/m.js", "l=layer&id=GTM-ABC123", "GTM-ABC123", "/gtm.js?id=GTM-ABC123&l=layer"),
            ("/assets/g.js", "", "G-OWN", "/gtag/js?id=G-OWN"),
            ("/gtag/js", "id=G-OWN", "G-OWN", "/gtag/js?id=G-OWN"),
        ],
    )
    def test_it_serves_the_id_it_belongs_to(self, path: str, query: str, id: str, url: str) -> None:
        assert reply(path, query, paths=self.PATHS) == Upstream("script", id, GOOGLE + url)

    @pytest.mark.parametrize("query", ["id=G-OWN", "id=GTM-OTHER", "id=", "id=GTM-ABC123&id=G-OWN"])
    def test_it_serves_no_other(self, query: str) -> None:
        answer = reply("/assets/m.js", query, paths=self.PATHS)
        assert isinstance(answer, Reply)
        assert answer.status == 400


class TestTheServiceWorker:
    @pytest.mark.parametrize("file", ["sw.js", "sw_iframe.html"])
    @pytest.mark.parametrize("version", ["5710", "54p0", "c4b0"])
    def test_its_two_files_come_from_a_folder_of_their_version_whatever_the_query_tells_them(
        self, version: str, file: str
    ) -> None:
        query = "origin=https%3A%2F%2Fshop.example&1p=1"
        url = f"{GOOGLE}/static/service_worker/{version}/{file}"
        assert reply(f"/_/service_worker/{version}/{file}", query) == Upstream("worker", version, url)

    @pytest.mark.parametrize(
        "path", ["", "5710", "5710/", "5710/other.js", "5710/../sw.js", "../gtm.js", "a/b/sw.js", "57.10/sw.js", "%2e%2e/sw.js",
                 "5710/sw.js/", "5710//sw.js", "5710\n/sw.js", "5710/sw.js\n", "é/sw.js", "x" * 17 + "/sw.js"],
    )  # fmt: skip
    def test_anything_else_below_its_folder_is_not_there(self, path: str) -> None:
        answer = reply(f"/_/service_worker/{path}", "origin=x")
        assert isinstance(answer, Reply)
        assert answer.status == 404

    def test_it_can_be_left_out(self) -> None:
        answer = reply("/_/service_worker/5710/sw.js", service_worker=False)
        assert isinstance(answer, Reply)
        assert answer.status == 404


def test_upstream_can_be_another() -> None:
    assert reply("/gtm.js", "id=GT-XYZ", upstream="http://127.0.0.1:9999") == Upstream(
        "script", "GT-XYZ", "http://127.0.0.1:9999/gtm.js?id=GT-XYZ"
    )


@limits(max_examples=300)
@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_no_query_leads_anywhere_else(noise: str) -> None:
    """The URL has the origin and the path of the file, is plain ASCII, and upstream finds one id in it."""
    for query in (f"id=GT-XYZ&{noise}", f"{noise}&id=GT-XYZ"):
        answer = reply("/gtm.js", query)
        if isinstance(answer, Reply) and answer.status == 302:
            assert dict(answer.headers)["location"].startswith(f"{GOOGLE}/gtm.js?")
            assert dict(answer.headers)["location"].isascii()
        if isinstance(answer, Upstream):
            assert answer.url.isascii()
            assert answer.url.isprintable()
            url = urlsplit(answer.url)
            assert (f"{url.scheme}://{url.netloc}", url.path, url.fragment) == (GOOGLE, "/gtm.js", "")
            assert [value for name, value in parse_qsl(url.query, keep_blank_values=True) if name == "id"] == ["GT-XYZ"]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"ids": ["G 1"]}, "pattern"),
        ({"ids": ["G-1&id=G-2"]}, "pattern"),
        ({"upstream": "https://www.googletagmanager.com/"}, "must be an origin"),
        ({"upstream": "https://user@www.googletagmanager.com"}, "must be an origin"),
        ({"upstream": "www.googletagmanager.com"}, "must be an origin"),
        ({"upstream": "https://a b"}, "must be an origin"),
        ({"paths": {"G-1": "metrics.js"}}, "must be a path"),
        ({"paths": {"G-1": "/a/../b.js"}}, "must be a path"),
        ({"paths": {"G-1": "/a//b.js"}}, "must be a path"),
        ({"paths": {"G-1": "/a?b"}}, "must be a path"),
        ({"paths": {"G-1": "/gtm.js"}}, "served anyway"),
        ({"paths": {"G-1": "/td"}}, "served anyway"),
        ({"hosts": ["https://data.example.com"]}, "must be a host name"),
        ({"hosts": ["*"]}, "must be a host name"),
        ({"google_paths": "drop"}, "refuse"),
        ({"google_origin": "https://a/b"}, "must be an origin"),
        ({"paths": {"G-1": "/_/service_worker/1/sw.js"}}, "served anyway"),
        ({"paths": {"G-1": "/a.js", "G-2": "/a.js"}}, "a path of its own"),
        ({"paths": {"G 1": "/a.js"}}, "pattern"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        GoogleScriptsSettings.model_validate(settings)
