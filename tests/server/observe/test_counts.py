"""The numbers a worker keeps."""

from __future__ import annotations

import json
from typing import Any

from core.container import Container
from core.remembered import Remembered
from core.tagplan import Step
from core.triggers import ALL, always
from core.types import Claim, Event, Finding, Reply
from server.observe import Counts
from server.observe.counts import MOST_EVENTS, MOST_REDACTED, MOST_SUBJECTS
from tests.core.tiny import REQUEST, Change, Fixed, Keep, client, plan

MISSING = Finding("client_id", "Measurement requires a client_id.", "VALUE_REQUIRED")


def container(*clients: Fixed) -> Container:
    plans = [plan("ga4"), plan("off", paused=True), plan("ads", consent="ad_storage")]
    return Container([(f"c{at}", each) for at, each in enumerate(clients)], plans, {ALL: always})


def test_everything_that_happens_is_counted() -> None:
    counts = Counts()
    broken, nobody = Fixed(), Fixed()
    broken.claims, nobody.claims = RuntimeError("visitor@example.com"), None
    for _ in range(2):
        found = client({"event_name": "a"}, {"event_name": "b"}, skipped=1, findings=[MISSING])
        counts.run(container(broken, found).handle(REQUEST))
    counts.run(container(nobody).handle(REQUEST))
    for status in (204, 400, 204):
        counts.reply(status)
    assert counts.as_json() == {
        "replies": {"204": 2, "400": 1},
        "claimed": {"c1": 2},
        "unclaimed": 1,
        "unclaimed_reasons": {},
        "probes": {},
        "turned_away": {},
        "pages": {
            "preflights": {},
            "unreadable_replies": 0,
            "origins_of_preflights": [],
            "origins_of_hits": [],
            "platform_hosts": [],
        },
        "events": {"a": 2, "b": 2},
        "skipped_events": 2,
        "without_visitor_address": 0,
        "fired": {"ga4": 4},
        "held": {"ads: consent": 4, "off: paused": 4},
        "findings": {"VALUE_REQUIRED": 2},
        "remembered": {},
        "subjects": {},
        "refused": 0,
        "connections_closed": {},
        "suppressed": {},
        "sent_once_more": {},
        "redacted": {},
        "failures": {"client: c0: RuntimeError": 2},
        "requests": {},
    }


def test_it_is_counted_what_browsers_are_made_to_keep() -> None:
    counts = Counts()
    for remembered in (Remembered((("_fbp", "x"),)), Remembered(why_not="no consent", outcome="consent"), None):
        found = Fixed()
        found.claims = Claim([{"event_name": "a"}], Reply(204), remembered=remembered)
        counts.run(container(found).handle(REQUEST))
    assert counts.as_json()["remembered"] == {"c0: set": 1, "c0: consent": 1}


def test_the_numbers_can_be_written_as_json() -> None:
    counts = Counts()
    assert json.loads(json.dumps(counts.as_json())) == {
        "replies": {},
        "claimed": {},
        "unclaimed": 0,
        "unclaimed_reasons": {},
        "probes": {},
        "turned_away": {},
        "pages": {
            "preflights": {},
            "unreadable_replies": 0,
            "origins_of_preflights": [],
            "origins_of_hits": [],
            "platform_hosts": [],
        },
        "events": {},
        "skipped_events": 0,
        "without_visitor_address": 0,
        "fired": {},
        "held": {},
        "findings": {},
        "remembered": {},
        "subjects": {},
        "refused": 0,
        "connections_closed": {},
        "suppressed": {},
        "sent_once_more": {},
        "redacted": {},
        "failures": {},
        "requests": {},
    }


def named(*names: Any) -> Counts:
    counts = Counts()
    for name in names:
        counts.run(container(client({"event_name": name})).handle(REQUEST))
    return counts


def test_event_names_have_an_end() -> None:
    names = [f"event_{number}" for number in range(MOST_EVENTS)]
    counts = named(*names, "one_more", "another", "event_0")
    assert len(counts.events) == MOST_EVENTS + 1
    assert (counts.events["(other)"], counts.events["event_0"]) == (2, 2)


def test_no_address_and_no_name_of_any_length_becomes_an_event_name() -> None:
    assert named("jo@example.com", "ann@example.com", "x" * 5000, 7).events == {"(masked)": 2, "(other)": 2}


def redacting(*events: Event) -> Counts:
    """Three tags, of which two share the transformation that empties every text."""
    step = Step("no_names", Change(lambda event: dict.fromkeys(event, "")), counted=True)
    tags = [plan("ga4", steps=[step]), plan("ads", steps=[step]), plan("log", steps=[step], chain=1)]
    counts = Counts()
    counts.run(Container([("web", client(*events))], tags, {ALL: always}).handle(REQUEST))
    return counts


def test_a_redaction_counts_once_for_each_event_however_many_tags_see_it() -> None:
    counts = redacting({"event_name": "a", "page_title": "Jo"}, {"event_name": "b"})
    assert counts.as_json()["redacted"] == {"no_names: event_name": 2, "no_names: page_title": 1}
    assert sorted(counts.snapshot()["tagyard_redacted_parameters_total"], key=str) == [
        ["no_names", "event_name", 2],
        ["no_names", "page_title", 1],
    ]


def test_names_of_redacted_parameters_have_an_end_and_hold_no_address() -> None:
    counts = redacting({f"p{number}": "x" for number in range(MOST_REDACTED + 5)}, {"jo@example.com": "x"})
    assert len(counts.redacted) == MOST_REDACTED + 1
    assert counts.redacted["no_names", "(other)"] == 6
    assert redacting({"jo@example.com": "x"}).redacted == {("no_names", "(masked)"): 1}


def test_failures_are_told_by_kind_name_and_error() -> None:
    def breaks(_: Event) -> Event:
        raise KeyError("visitor@example.com")

    broken, tag = Fixed(), Keep()
    broken.claims, tag.answer = RuntimeError(), ValueError()
    step = Step("no margin: really failed: x", Change(breaks))
    plans = [plan("ga4", steps=[step]), plan("ads", steps=[step]), plan("the log", tag, chain=1)]
    counts = Counts()
    counts.run(Container([("a: b", broken), ("web", client({"event_name": "a"}))], plans, {ALL: always}).handle(REQUEST))
    assert counts.snapshot()["tagyard_component_failures_total"] == [
        ["client", "a: b", "RuntimeError", 1],
        ["transformation", "no margin: really failed: x", "KeyError", 2],
        ["tag", "the log", "ValueError", 1],
    ]


def test_replies_have_a_time() -> None:
    counts = Counts()
    counts.answered("web", 204, 300)
    counts.answered(None, 400, 700_000)
    assert counts.snapshot()["tagyard_requests_total"] == [["web", 204, 1], ["(none)", 400, 1]]
    ((time,),) = counts.snapshot()["tagyard_reply_seconds"]
    assert (sum(time["buckets"]), time["buckets"][1], time["sum"]) == (2, 1, 700_300)


def test_the_snapshot_can_be_written_as_json() -> None:
    counts = named("a")
    assert json.loads(json.dumps(counts.snapshot())) == counts.snapshot()


def test_what_findings_are_about_is_counted_within_bounds_for_each_code() -> None:
    counts = Counts()
    for number in range(MOST_SUBJECTS + 50):
        counts.run(container(client(findings=[Finding("id", "w", "SCRIPT_ID_NOT_LISTED", f"AW-{number}")])).handle(REQUEST))
    counts.run(container(client(findings=[Finding("", "w", "GOOGLE_PATH_REFUSED", "ads"), MISSING])).handle(REQUEST))
    told = counts.subjects_of("SCRIPT_ID_NOT_LISTED")
    assert (told[0], told[-1], len(told)) == (["AW-0", 1], ["(other)", 50], MOST_SUBJECTS + 1)
    assert counts.subjects_of("GOOGLE_PATH_REFUSED") == [["ads", 1]]
    assert ["GOOGLE_PATH_REFUSED", "ads", 1] in counts.snapshot()["tagyard_finding_subjects_total"]
    assert sum(counts.subjects.values()) == MOST_SUBJECTS + 51
