"""What scripts send to the paths of Google's other services: it is answered here, refused by name, or passed on."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from clients.google_scripts import GoogleScripts, GoogleScriptsSettings
from core.component import Setup
from core.types import Claim, Declined, Reply, Request, Upstream
from tests.clients.asked_for_scripts import GOOGLE, asked, client, reply
from wire.replies import refusal


class TestReports:
    @pytest.mark.parametrize("path", ["/a", "/td", "/gtag/js", "/gtm.js"])
    @pytest.mark.parametrize("id", ["GTM-ABC123", "AW-1"])
    @pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
    def test_they_are_answered_and_counted_by_their_name(self, path: str, id: str, method: str) -> None:
        claim = asked(path, f"id={id}&is_td=1&v=3&t=l&pid=123&dl=shop.example%2F", method)
        assert isinstance(claim, Claim)
        assert (claim.reply, [each.code for each in claim.findings]) == (
            Reply(204, (("cache-control", "no-cache"),)),
            ["SCRIPT_TELEMETRY"],
        )

    def test_an_image_gets_one(self) -> None:
        request = Request("r1", 0, "GET", "/a", "id=GTM-ABC123&v=3&t=l", headers=(("accept", "image/webp,*/*"),))
        claim = client().claim(request)
        assert isinstance(claim, Claim)
        assert isinstance(claim.reply, Reply)
        assert claim.reply.body.startswith(b"GIF89a")

    @pytest.mark.parametrize("query", ["", "v=3", "id=", "id=%00", "id=a&id=b"])
    @pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
    def test_without_an_id_the_path_is_another_senders(self, query: str, method: str) -> None:
        claim = asked("/a", query, method)
        assert isinstance(claim, Declined)
        assert claim.otherwise is None

    def test_a_path_of_ones_own_takes_them_too(self) -> None:
        answer = reply("/assets/m.js", "is_td=1&v=3&pid=1", paths={"GTM-ABC123": "/assets/m.js"})
        assert answer == Reply(204, (("cache-control", "no-cache"),))

    def test_they_go_to_google_where_that_is_wanted(self) -> None:
        answer = reply("/a", "id=GTM-ABC123&v=3&t=l", google_paths="forward")
        assert isinstance(answer, Upstream)
        assert (answer.kind, answer.id, answer.url) == ("passed_on", "telemetry", f"{GOOGLE}/a?id=GTM-ABC123&v=3&t=l")
        assert reply("/a", "id=AW-1&v=3", google_paths="forward") == Reply(204, (("cache-control", "no-cache"),))


class TestGooglesPaths:
    ADS: ClassVar[dict[str, Any]] = {"ids": ["G-ABC1234567", "AW-987654321"], "google_paths": "forward"}

    @pytest.mark.parametrize(
        ("path", "query", "name", "what"),
        [
            ("/g/ccm/collect", "en=page_view", "gateway_ads", "a page view for Ads of Google's tag gateway"),
            ("/d/ccm/form-data/987654321", "", "gateway_form_data", "Ads form data of Google's tag gateway"),
            ("/gs/pagead/conversion/987654321/", "label=x", "gateway_conversion", "an Ads conversion of Google's tag gateway"),
            ("/ag/g/c", "v=2&tid=G-ABC1234567", "gateway_ga4", "a GA4 hit of Google's tag gateway"),
            ("/measurement/conversion", "", "conversion", "an Ads conversion"),
            ("/pagead/viewthroughconversion/987654321/", "", "remarketing", "a hit for remarketing"),
            ("/mc/collect", "tid=MC-1", "merchant_center", "a hit for Merchant Center"),
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_by_default_they_are_refused_by_name(self, path: str, query: str, name: str, what: str, method: str) -> None:
        declined = asked(path, query, method)
        assert isinstance(declined, Declined), "whoever else wants the path may have it"
        assert declined.otherwise
        why = f"this is {what}, which goes on to Google only with google_paths: forward"
        assert (declined.why, declined.code, declined.otherwise.reply) == (why, "google_path", refusal(why))
        assert [(each.code, each.subject) for each in declined.otherwise.findings] == [("GOOGLE_PATH_REFUSED", name)]

    @pytest.mark.parametrize(
        ("path", "why"),
        [
            (
                "/_/set_cookie",
                "this is a cookie of Google's tagging server, and this server sets its cookies with the replies to hits",
            ),
            ("/ccm/geo", "this is a path of Google's Ads tags, and which of Google's hosts takes it is not known"),
            ("/gs/x", "this is a path of Google's tag gateway, and which of Google's hosts takes it is not known"),
        ],
    )
    def test_some_go_nowhere(self, path: str, why: str) -> None:
        declined = asked(path, **self.ADS)
        assert isinstance(declined, Declined)
        assert declined.why == why

    def test_a_listed_id_is_passed_on(self) -> None:
        settings = GoogleScriptsSettings.model_validate(self.ADS)
        headers = (("cookie", "FPID=1"), ("user-agent", "UA"))
        request = Request("r1", 0, "POST", "/d/ccm/form-data/987654321", "gtm=1", headers, b"em=x", ip="203.0.113.7")
        claim = GoogleScripts(settings, Setup("scripts")).claim(request)
        assert isinstance(claim, Claim)
        assert isinstance(claim.reply, Upstream)
        outbound = claim.reply.request
        assert outbound
        assert claim.reply == Upstream("passed_on", "gateway_form_data", outbound.url, outbound)
        assert outbound.url == "https://aw-987654321.fps.goog/tagyard/d/ccm/form-data/987654321?gtm=1&uip=203.0.113.7"
        assert (outbound.method, outbound.body) == ("POST", b"em=x")
        assert outbound.headers == (("user-agent", "UA"), ("x-forwarded-for", "203.0.113.7"))

    @pytest.mark.parametrize(
        ("path", "query", "id"),
        [
            ("/d/ccm/form-data/123", "tid=AW-987654321", "AW-123"),
            ("/ag/g/c", "v=2&tid=G-SOMEBODYELSE", "G-SOMEBODYELSE"),
            ("/g/ccm/collect", "tid=AW-1", "AW-1"),
            ("/g/ccm/collect", "id=AW-1", "AW-1"),
            ("/g/ccm/collect", "tid=AW-987654321&%74id=AW-1", "AW-1"),
            ("/g/ccm/collect", "tid=AW-987654321;tid=AW-1", "AW-1"),
        ],
    )
    def test_an_id_that_is_not_listed_is_not(self, path: str, query: str, id: str) -> None:
        declined = asked(path, query, **self.ADS)
        assert isinstance(declined, Declined)
        assert f"for {id}, which is not among the ids that are served here" in declined.why

    def test_without_an_id_on_the_list_nothing_is(self) -> None:
        declined = asked("/g/ccm/collect", ids=[], google_paths="forward")
        assert isinstance(declined, Declined)
        assert "no id is served here" in declined.why

    def test_what_names_no_id_goes_by_the_gateway_of_the_first(self) -> None:
        answer = reply("/g/ccm/collect", "en=page_view", **self.ADS)
        assert isinstance(answer, Upstream)
        assert answer.url == "https://g-abc1234567.fps.goog/tagyard/g/ccm/collect?en=page_view"

    def test_a_stand_in_takes_the_place_of_every_host(self) -> None:
        answer = reply("/pagead/conversion/987654321/", "label=x", **self.ADS, google_origin="http://127.0.0.1:9")
        assert isinstance(answer, Upstream)
        assert answer.url == "http://127.0.0.1:9/pagead/conversion/987654321/?label=x"

    @pytest.mark.parametrize("settings", [{}, {"google_paths": "forward"}])
    def test_a_preflight_is_answered_where_nobody_else_does(self, settings: dict[str, Any]) -> None:
        declined = asked("/ag/g/c", "", "OPTIONS", **settings)
        assert isinstance(declined, Declined)
        assert declined.otherwise == Claim((), Reply(204))

    @pytest.mark.parametrize("path", ["/g/collect", "/collect", "/mp/collect", "/j/collect", "/ccm", "/mc/collect/x", "/agx/g/c"])
    def test_other_paths_are_none_of_them(self, path: str) -> None:
        declined = asked(path, "tid=G-ABC1234567", **self.ADS)
        assert isinstance(declined, Declined)
        assert declined.otherwise is None
