"""Who is new and who was here before, and that one visitor gets one client id, with a secret or without."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from clients.ga4 import Ga4
from core.component import Setup
from core.context import Shared
from core.types import Claim, Request
from tests.clients.server_cookies import FRESH, NOW, OLD, SECRET, claim, cookies_of, event_of, hit
from wire.cookies.fpid import read_fpid


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
