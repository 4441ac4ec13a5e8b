"""Hits as e-mail programs, gateways and faulty pages send them, through the clients that claim them."""

from __future__ import annotations

from typing import Any

import pytest

from clients.ga4 import Ga4
from clients.google_scripts import GoogleScripts
from clients.measurement_protocol import MeasurementProtocol
from clients.universal_analytics import UniversalAnalytics
from core.component import Client, Setup
from core.types import Claim, Request, Upstream

VISITOR = "198.51.100.7"
NOW = 1_764_340_311_502_000
PATHS = {Ga4: "/g/collect", UniversalAnalytics: "/collect", MeasurementProtocol: "/mp/collect", GoogleScripts: "/gtag/js"}


def claim(kind: Any, query: str, body: bytes = b"", ip: str | None = VISITOR, **settings: Any) -> Claim:
    client: Client = kind(kind.Settings.model_validate(settings), Setup("web"))
    method = "POST" if body or kind is MeasurementProtocol else "GET"
    found = client.claim(Request("r1", NOW, method, PATHS[kind], query, (), body, ip))
    assert isinstance(found, Claim), found
    return found


def codes(found: Claim) -> list[tuple[str, str]]:
    return [(each.field_path, each.code) for each in found.findings]


class TestAmpersandsEscapedForHtml:
    @pytest.mark.parametrize("mark", ["&amp;", "&#38;", "&#038;", "&#x26;", "&amp;amp;"])
    def test_in_the_url_of_a_hit(self, mark: str) -> None:
        plain = "v=2&tid=G-ABC&cid=1.2&en=email_open&ep.a=b;c&dl=https%3A%2F%2Fa.b%2F%3Fc%26amp%3Bd"
        found = claim(Ga4, plain.replace("&", mark), measurement_ids="G-ABC")
        assert found.events == claim(Ga4, plain).events
        assert (found.events[0]["a"], found.events[0]["page_location"]) == ("b;c", "https://a.b/?c&amp;d")
        assert found.findings == ()

    def test_on_the_lines_of_a_body(self) -> None:
        found = claim(Ga4, "v=2&amp;tid=G-ABC&amp;cid=1.2", b"en=a&amp;ep.x=1\r\nen=b&amp;ep.x=2")
        assert [(event["event_name"], event["x"]) for event in found.events] == [("a", "1"), ("b", "2")]

    def test_of_universal_analytics(self) -> None:
        found = claim(UniversalAnalytics, "v=1&amp;tid=UA-1-1&amp;cid=555&amp;t=event&amp;ea=open")
        assert (found.events[0]["client_id"], found.events[0]["event_name"]) == ("555", "open")

    def test_of_measurement_protocol(self) -> None:
        body = b'{"client_id":"1.2","events":[{"name":"a"}]}'
        found = claim(MeasurementProtocol, "measurement_id=G-ABC&amp;api_secret=s3cret", body, api_secrets=["s3cret"])
        assert found.events[0]["x-ga-measurement_id"] == "G-ABC"

    def test_of_a_script(self) -> None:
        found = claim(GoogleScripts, "l=dataLayer&amp;id=G-ABC", ids="G-ABC")
        assert isinstance(found.reply, Upstream)
        assert "amp" not in found.reply.url
        assert "id=G-ABC" in found.reply.url


class TestTheVisitorsAddress:
    @pytest.mark.parametrize("said", ["::", "0.0.0.0", "", "0:0:0:0:0:0:0:0", "::ffff:0.0.0.0"])
    def test_nobodys_gives_way_to_it_without_a_word(self, said: str) -> None:
        for kind, query in ((Ga4, f"v=2&tid=G-ABC&cid=1.2&en=a&_uip={said}"), (UniversalAnalytics, f"v=1&tid=UA-1-1&uip={said}")):
            found = claim(kind, query)
            assert (found.events[0]["ip_override"], codes(found)) == (VISITOR, [])
            assert "ip_override" not in claim(kind, query, ip=None).events[0]

    @pytest.mark.parametrize("said", ["203.0.113.77:443", "for=203.0.113.77", "[2001:db8::77]"])
    def test_what_has_an_address_in_it_is_not_repeated(self, said: str) -> None:
        [finding] = claim(Ga4, f"v=2&tid=G-ABC&cid=1.2&en=a&_uip={said}").findings
        assert finding.code == "NOT_AN_ADDRESS"
        assert "77" not in finding.description

    def test_what_is_no_address_gives_way_to_it_and_is_told(self) -> None:
        found = claim(Ga4, "v=2&tid=G-ABC&cid=1.2&en=a&_uip=unknown")
        assert (found.events[0]["ip_override"], codes(found)) == (VISITOR, [("_uip", "NOT_AN_ADDRESS")])
        found = claim(UniversalAnalytics, "v=1&tid=UA-1-1&uip=unknown")
        assert (found.events[0]["ip_override"], codes(found)) == (VISITOR, [("uip", "NOT_AN_ADDRESS")])

    @pytest.mark.parametrize("said", ["203.0.113.0", "203.0.113.9", "2001:db8::", "2001:db8::1"])
    def test_anothers_stays(self, said: str) -> None:
        assert claim(Ga4, f"v=2&tid=G-ABC&cid=1.2&en=a&_uip={said}").events[0]["ip_override"] == said
        assert claim(UniversalAnalytics, f"v=1&tid=UA-1-1&uip={said}").events[0]["ip_override"] == said

    def test_each_line_says_its_own(self) -> None:
        found = claim(Ga4, "v=2&tid=G-ABC&cid=1.2&_uip=::", b"en=a\nen=b&_uip=203.0.113.0")
        assert [event["ip_override"] for event in found.events] == [VISITOR, "203.0.113.0"]
        found = claim(UniversalAnalytics, "v=1&tid=UA-1-1&aip=1&uip=::", b"t=pageview\nt=pageview&uip=203.0.113.9")
        assert [event["ip_override"] for event in found.events] == ["198.51.100.0", "203.0.113.0"]

    @pytest.mark.parametrize(("said", "told"), [("::", []), ("", []), ("unknown", [("ip_override", "NOT_AN_ADDRESS")])])
    def test_a_backend_that_says_nobodys_says_none(self, said: str, told: list[tuple[str, str]]) -> None:
        body = f'{{"client_id":"1.2","ip_override":"{said}","events":[{{"name":"a"}}]}}'.encode()
        found = claim(MeasurementProtocol, "measurement_id=G-ABC&api_secret=x", body)
        assert "ip_override" not in found.events[0]
        assert codes(found) == told


class TestUniversalAnalytics:
    def test_its_numbers_that_are_none_are_kept_and_told(self) -> None:
        found = claim(UniversalAnalytics, "v=1&tid=UA-1-1&t=transaction&ti=T1&tr=4%2C245.42&tt=1.5&pr1id=a&pr1qt=two")
        [event] = found.events
        assert event["x-ga-mp1-tr"] == "4,245.42"
        assert "value" not in event
        assert event["items"] == [{"item_id": "a", "quantity": "two"}]
        assert codes(found) == [("tr", "NOT_A_NUMBER"), ("pr1qt", "NOT_A_NUMBER")]

    @pytest.mark.parametrize("body", [b"undefined", b"null", b"[object Object]", b'{"v":1,"t":"a=b"}', b"--x\nA; name=v\n"])
    def test_a_body_that_is_no_hit_changes_none(self, body: bytes) -> None:
        found = claim(UniversalAnalytics, "v=1&tid=UA-1-1&cid=555&t=pageview", body)
        assert found.events == claim(UniversalAnalytics, "v=1&tid=UA-1-1&cid=555&t=pageview").events
        assert [code for _, code in codes(found)] == ["NOT_A_HIT"]

    def test_a_byte_order_mark_and_bare_carriage_returns(self) -> None:
        found = claim(UniversalAnalytics, "", b"\xef\xbb\xbfv=1&tid=UA-1-1&t=pageview\rv=1&tid=UA-1-1&t=event&ea=play")
        assert [event["event_name"] for event in found.events] == ["page_view", "play"]

    @pytest.mark.parametrize(("said", "told"), [("soon", "NOT_A_TIME"), ("999999999999", "VALUE_OUT_OF_BOUNDS")])
    def test_an_odd_age_is_told_and_kept(self, said: str, told: str) -> None:
        found = claim(UniversalAnalytics, f"v=1&tid=UA-1-1&t=pageview&qt={said}")
        assert found.events[0]["x-ga-mp1-qt"] == said
        assert codes(found) == [("qt", told)]


def test_a_hit_of_ga4_says_its_own_time() -> None:
    found = claim(Ga4, "v=2&tid=G-ABC&cid=1.2", b"en=a&qt=7200000\nen=b")
    assert [event.get("x-mp-timestamp_micros") for event in found.events] == [NOW - 7_200_000_000, None]


def test_json_is_no_hit_and_the_reply_is_that_of_every_hit() -> None:
    found = claim(Ga4, "v=2&tid=G-ABC&cid=1.2", b'{"events":[{"name":"a"}]}')
    assert (list(found.events), found.skipped, found.reply) == ([], 1, claim(Ga4, "v=2&tid=G-ABC&cid=1.2&en=a").reply)
    assert codes(found) == [("body", "NOT_A_HIT"), ("en", "NO_EVENT_NAME")]
