"""Client and tag together: what comes out is what went in, event by event, for real hits and for generated ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.ga4 import Ga4 as Client
from clients.ga4 import Ga4ClientSettings
from core.component import Setup
from core.context import Context
from core.types import Claim, OutboundRequest, Payload, Reply, Request
from tags.ga4 import Ga4 as Tag
from tags.ga4 import Ga4TagSettings
from tests.core.tiny import replied
from tests.hits import captured, worked_examples
from wire.ga4.query import join

HITS = captured.hits()
CLIENT = Client(Ga4ClientSettings(), Setup("web"))
TAG = Tag(Ga4TagSettings(consent_updates="send"), Setup("ga4"))
"""Sends every hit that comes in, gtag's repeats as well."""
ENDPOINT = "https://www.google-analytics.com/g/collect"


def request_of(hit: Any, ip: str | None = None) -> Request:
    headers = tuple((name.lower(), value) for name, value in hit["headers"].items())
    query = hit["url"].partition("?")[2]
    return Request("r1", 1, hit["method"], "/g/collect", query, headers, hit["body"].encode(), ip)


def sent(request: Request, tag: Tag = TAG) -> list[OutboundRequest]:
    claim = CLIENT.claim(request)
    assert isinstance(claim, Claim)
    contexts = [Context(request, "web", event, at, written=claim.written[at]) for at, event in enumerate(claim.events)]
    payloads = [tag.map(each.original, each) for each in contexts]
    return list(tag.pack([payload for payload in payloads if isinstance(payload, Payload)], 0))  # type: ignore[arg-type]  # all are HTTP


def read(requests: Sequence[OutboundRequest]) -> list[captured.Parameters]:
    return [event for request in requests for event in captured.events(request.url, request.body.decode())]


def expected(event: captured.Parameters) -> captured.Parameters:
    dropped = ("sst.", "ep.user_data.")
    return {name: value for name, value in event.items() if name not in ("richsstsse", "_fplc") and not name.startswith(dropped)}


def test_there_are_142_captured_hits() -> None:
    assert len(HITS) == 142


@pytest.mark.parametrize("hit", HITS, ids=[f"{at}-{hit['scenario']}" for at, hit in enumerate(HITS)])
class TestEveryCapturedHit:
    def test_it_is_claimed_and_every_event_is_read(self, hit: Any) -> None:
        claim = CLIENT.claim(request_of(hit))
        assert isinstance(claim, Claim)
        assert (len(claim.events), claim.skipped) == (len(captured.events(hit["url"], hit["body"])), 0)
        assert replied(claim).status == (200 if hit["url"].endswith("richsstsse") else 204)

    def test_it_goes_out_with_the_same_parameters(self, hit: Any) -> None:
        went_in = [expected(event) for event in captured.events(hit["url"], hit["body"])]
        assert read(sent(request_of(hit))) == went_in

    def test_the_visitors_address_and_browser_go_along(self, hit: Any) -> None:
        requests = sent(request_of(hit, "203.0.113.7"))
        assert {event["_uip"] for event in read(requests)} == {"203.0.113.7"}
        assert {dict(request.headers)["user-agent"] for request in requests} == {hit["headers"]["user-agent"]}

    def test_a_batch_stays_one_request(self, hit: Any) -> None:
        assert len(sent(request_of(hit))) == 1

    def test_of_the_visitors_headers_only_the_browser_leaves(self, hit: Any) -> None:
        for request in sent(request_of(hit)):
            assert {name for name, _ in request.headers} <= {"user-agent", "content-type"}


def test_by_default_only_what_gtag_repeats_for_other_tags_stays_behind() -> None:
    by_default = Tag(Ga4TagSettings(), Setup("ga4"))
    held = [hit for hit in HITS if not sent(request_of(hit), by_default)]
    repeats = [(event, hit["scenario"]) for hit in held for event in captured.events(hit["url"], hit["body"])]
    assert len(repeats) == 5, "one of each build, and two of the one of 2024"
    assert {(event["en"], scenario) for event, scenario in repeats} == {("page_view", "sst_consent")}
    assert all(event["sst.gcut"] and "gcut" not in event for event, _ in repeats)


class TestTheWorkedExamples:
    def test_a_page_view_becomes_this_event(self) -> None:
        claim = CLIENT.claim(worked_examples.PAGE_VIEW)
        assert isinstance(claim, Claim)
        assert list(claim.events) == [worked_examples.PAGE_VIEW_EVENT]
        assert claim.reply == Reply(200, (("content-type", "text/event-stream"), ("cache-control", "no-cache")))

    def test_a_page_view_leaves_like_this(self) -> None:
        [request] = sent(worked_examples.PAGE_VIEW)
        assert request.method == "POST"
        assert request.body == b""
        assert request.headers == (("user-agent", worked_examples.AGENT),)
        assert_same_url(request.url, worked_examples.PAGE_VIEW_URL)

    def test_a_batch_becomes_these_events(self) -> None:
        claim = CLIENT.claim(worked_examples.BATCH)
        assert isinstance(claim, Claim)
        assert list(claim.events) == worked_examples.BATCH_EVENTS

    def test_a_batch_leaves_like_this(self) -> None:
        [request] = sent(worked_examples.BATCH)
        assert request.payloads == (0, 1)
        assert request.headers == (("user-agent", worked_examples.AGENT), ("content-type", "text/plain;charset=UTF-8"))
        assert_same_url(request.url, worked_examples.BATCH_URL)
        lines = request.body.decode().split("\r\n")
        assert [line.split("&")[0] for line in lines] == ["en=scroll", "en=add_to_cart"]
        assert [sorted(line.split("&")) for line in lines] == [sorted(line.split("&")) for line in worked_examples.BATCH_LINES]

    def test_without_the_address_when_it_is_redacted(self) -> None:
        tag = Tag(Ga4TagSettings(redact_visitor_ip=True), Setup("ga4"))
        [request] = sent(worked_examples.PAGE_VIEW, tag)
        assert_same_url(request.url, worked_examples.PAGE_VIEW_URL.replace("&_uip=203.0.113.7", ""))


def assert_same_url(one: str, other: str) -> None:
    assert one.partition("?")[0] == other.partition("?")[0]
    assert sorted(one.partition("?")[2].split("&")) == sorted(other.partition("?")[2].split("&"))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
number_texts = st.sampled_from(["0", "1", "-1.5", "100", "1764340309313", "9007199254740992", "1e-7", "1e+21", "0.000001"])
letters = st.text("abcdefgh_", min_size=1, max_size=5).map(lambda name: f"x{name}")
names = st.one_of(
    st.sampled_from(
        [
            "gtm",
            "gcs",
            "gcd",
            "npa",
            "dma",
            "ecid",
            "ul",
            "sr",
            "uam",
            "uap",
            "dl",
            "dt",
            "dr",
            "uid",
            "sid",
            "seg",
            "cu",
            "cs",
            "tag_exp",
            "_tu",
            "_z",
            "_dbg",
            "are",
            "frm",
            "tt",
        ]
    ),
    letters,
    letters.map("ep.{}".format),
    letters.map("up.{}".format),
    letters.map("gap.{}".format),
)
numeric = st.one_of(
    st.sampled_from(["_p", "_et", "sct", "tfd", "_s"]), letters.map("epn.{}".format), letters.map("upn.{}".format)
)
items = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["id", "nm", "br", "ca", "c2", "va", "li", "lo", "zz"]), texts),
        st.tuples(st.sampled_from(["pr", "qt", "ds", "lp"]), number_texts),
    ),
    max_size=4,
    unique_by=lambda token: token[0],
).map(lambda tokens: "~".join((key + value).replace("~", "~~") for key, value in tokens))
pairs = st.one_of(st.tuples(names, texts), st.tuples(numeric, number_texts), st.tuples(st.sampled_from(["pr1", "pr2"]), items))
batches = st.tuples(
    st.dictionaries(names, texts, max_size=6), st.lists(st.lists(pairs, max_size=6).map(dict), min_size=1, max_size=4)
)


@settings(max_examples=300)
@given(batches)
def test_any_hit_comes_out_as_it_went_in(batch: tuple[dict[str, str], list[dict[str, str]]]) -> None:
    shared, lines = batch
    url = "?" + join({**shared, "v": "2", "tid": "G-TEST", "cid": "1.2"})
    body = "\r\n".join(join({"en": f"e{at}", **line}) for at, line in enumerate(lines))
    requests = sent(Request("r1", 1, "POST", "/g/collect", url[1:], (), body.encode()))
    went_in = [without_closed_gaps(event) for event in captured.events(url, body)]
    assert sorted(map(_order, read(requests))) == sorted(map(_order, went_in))


def without_closed_gaps(event: captured.Parameters) -> captured.Parameters:
    """``pr2`` alone leaves as ``pr1``, and a text beside a number of the same name keeps its own."""
    return {("pr1" if name == "pr2" and "pr1" not in event else name): value for name, value in event.items()}


def _order(event: captured.Parameters) -> list[tuple[str, str]]:
    return sorted((name, repr(value)) for name, value in event.items())


@pytest.mark.parametrize("text", ["${SECRET}", "{{ event.client_id }}", "{% raw %}", "${SECRET:-x}", "***", "\x00", "&a=b#c"])
def test_a_visitors_text_stays_text(text: str) -> None:
    query = join(
        {"v": "2", "tid": "G-TEST", "cid": text, "en": text, "ep.a": text, f"ep.{text}": "1", "up.b": text, "pr1": f"id{text}"}
    )
    [event] = read(sent(Request("r1", 1, "GET", "/g/collect", query)))
    assert event == captured.events("?" + query, "")[0]
