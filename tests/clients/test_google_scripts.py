"""Which files are served from here, for whom, and where each comes from."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from pydantic import ValidationError

from clients.google_scripts import GoogleScripts, GoogleScriptsSettings
from core.component import Setup
from core.types import Claim, Declined, Reply, Request, Upstream

GOOGLE = "https://www.googletagmanager.com"
IDS = ["G-ABC1234567", "GTM-ABC123", "GT-XYZ", "AW-123456789", "DC-1"]


def client(**settings: Any) -> GoogleScripts:
    return GoogleScripts(GoogleScriptsSettings.model_validate({"ids": IDS, **settings}), Setup("scripts"))


def asked(path: str, query: str = "", method: str = "GET", **settings: Any) -> Claim | Declined:
    return client(**settings).claim(Request("r1", 0, method, path, query))


def reply(path: str, query: str = "", method: str = "GET", **settings: Any) -> Reply | Upstream:
    claim = asked(path, query, method, **settings)
    assert isinstance(claim, Claim)
    assert claim.events == ()
    return claim.reply


@pytest.mark.parametrize(
    ("path", "kind"), [("/gtag/js", "script"), ("/gtm.js", "script"), ("/gtag/destination", "script"), ("/ns.html", "frame")]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("id", IDS)
def test_a_listed_id_is_fetched_from_the_same_path(path: str, kind: str, method: str, id: str) -> None:
    assert reply(path, f"id={id}", method) == Upstream(kind, id, f"{GOOGLE}{path}?id={id}")


@pytest.mark.parametrize(
    "query",
    [
        "id=GTM-ABC123&l=dataLayer&cx=c&gtm=45He5bi1v9&sign=x",
        "l=dataLayer&id=GTM-ABC123",
        "id=GTM-ABC123&gtm_auth=aB_c-1&gtm_preview=env-3&gtm_cookies_win=x",
        "id=GTM-ABC123&flag&empty=&a=1&a=2",
        "id=GTM-ABC123&x=%3Cb%3E+y&tag_exp=1~2",
        "&&id=GTM-ABC123&",
    ],
)
def test_the_query_goes_along_as_it_is(query: str) -> None:
    assert reply("/gtm.js", query) == Upstream("script", "GTM-ABC123", f"{GOOGLE}/gtm.js?{query}")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "id=",
        "id",
        "id=GTM-OTHER",
        "id=gtm-abc123",
        "id=GTM-ABC123%20",
        "id=GTM-ABC123+",
        "id=GTM-ABC123%00",
        "id=GTM-ABC123/../x",
        "Id=GTM-ABC123",
        "l=id",
        "id=GTM-ABC123&id=GTM-OTHER",
        "id=GTM-OTHER&id=GTM-ABC123",
        "id=GTM-ABC123&id=GTM-ABC123",
        "id=GTM-ABC123&%69d=GTM-OTHER",
        "id=GTM-ABC123&id%20=GTM-OTHER",
        "id=GTM-ABC123&+id=GTM-OTHER",
        "id=GTM-ABC123&x=1;id=GTM-OTHER",
    ],
)
@pytest.mark.parametrize("path", ["/gtag/js", "/gtm.js", "/gtag/destination", "/ns.html"])
def test_any_other_id_or_more_than_one_is_refused(path: str, query: str) -> None:
    answer = reply(path, query)
    assert isinstance(answer, Reply)
    assert answer.status == 400


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
            ("/assets/m.js", "l=layer&id=GTM-ABC123", "GTM-ABC123", "/gtm.js?l=layer&id=GTM-ABC123"),
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
    def test_its_two_files_come_from_a_folder_of_their_version(self, version: str, file: str) -> None:
        query = "origin=https%3A%2F%2Fshop.example&1p=1"
        url = f"{GOOGLE}/static/service_worker/{version}/{file}?{query}"
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
        ({"paths": {"G-1": "/_/service_worker/1/sw.js"}}, "served anyway"),
        ({"paths": {"G-1": "/a.js", "G-2": "/a.js"}}, "a path of its own"),
        ({"paths": {"G 1": "/a.js"}}, "pattern"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        GoogleScriptsSettings.model_validate(settings)
