"""The overview's numbers, of all workers together."""

from __future__ import annotations

import json
from typing import Any

from server.admin.health import SILENT
from server.admin.pages.numbers import CHARTED, Overview, overview
from server.observe.history import MINUTES, TENS_OF_MINUTES
from server.observe.ring import Key
from tests.server.admin.pages.test_destinations import FAILING
from tests.server.admin.recent import LOADED, MINUTE, NOW, SECOND, VENDOR, destination, health, overviewed


def of(*workers: Any) -> Overview:
    return overview(health(*workers), NOW)


def test_workers_are_added_up() -> None:
    found = of(overviewed(numbers={"requests": [3, 4], "events": [9]}), overviewed(numbers={"requests": [5], "unclaimed": [1]}))
    assert found["hour"] == found["day"] == {**dict.fromkeys(CHARTED, 0), "requests": 12, "events": 9, "unclaimed": 1}
    assert found["minutes"]["numbers"]["requests"] == [0] * (MINUTES - 2) + [3, 9]
    assert found["tens_of_minutes"]["numbers"]["requests"] == [0] * (TENS_OF_MINUTES - 2) + [3, 9]
    assert (found["minutes"]["step"], found["tens_of_minutes"]["step"]) == (MINUTE, 10 * MINUTE)
    assert (found["workers"], found["answering"], found["known"]) == (2, 2, 90 * MINUTE)


def test_what_is_counted_by_name_is_told_with_the_most_frequent_first() -> None:
    one: dict[Key, int] = {("event", "a"): 2, ("event", "b"): 2, ("finding", "ODD"): 1, ("refused", "too_large"): 3}
    other: dict[Key, int] = {("event", "b"): 5, ("event", "c"): 0, ("ad_storage", "denied"): 4, ("ad_storage", "unset"): 1}
    found = of(overviewed(sums=one), overviewed(sums=other))
    assert list(found["events"].items()) == [("b", 7), ("a", 2)]
    assert (found["findings"], found["refused"]) == ({"ODD": 1}, {"too_large": 3})
    assert found["consent"]["ad_storage"] == {"granted": 0, "denied": 4, "unset": 1}
    assert set(found["consent"]) == {"ad_storage", "analytics_storage", "ad_user_data", "ad_personalization"}


def test_a_worker_that_does_not_answer_leaves_the_rest_as_it_is() -> None:
    found = of(overviewed(numbers={"requests": [3]}), SILENT)
    assert (found["workers"], found["answering"], found["hour"]["requests"], found["colour"]) == (2, 1, 3, "red")


def test_where_nobody_answers_there_are_no_numbers() -> None:
    found = of(SILENT)
    assert (found["answering"], found["known"], found["loaded"], found["last_reload"]) == (0, 0, None, None)
    assert set(found["hour"].values()) == {0}
    assert found["outbox"] == {"rows": 0, "oldest": None, "bytes": 0, "dead_letters": {}}


def test_what_waits_and_what_was_given_up_is_told_of_all() -> None:
    one = overviewed(destination(pending=4, oldest=NOW - 9 * SECOND), dead_letters={"ga4": 2, "ads": 0}, outbox_bytes=700)
    other = overviewed(destination(pending=1, oldest=NOW - 70 * SECOND), dead_letters={"ga4": 1}, outbox_bytes=900)
    assert of(one, other)["outbox"] == {"rows": 5, "oldest": 70 * SECOND, "bytes": 900, "dead_letters": {"ga4": 3}}
    shared = [{**each, "durability": "durable", "durability_reasons": []} for each in (one, other)]
    assert of(*shared)["outbox"] == {"rows": 4, "oldest": 70 * SECOND, "bytes": 900, "dead_letters": {"ga4": 2}}


def test_a_destination_that_always_fails_makes_everything_red() -> None:
    assert of(overviewed(destination(**FAILING), colour="amber"))["colour"] == "red"
    assert of(overviewed(destination(colour="amber"), colour="amber"))["colour"] == "amber"
    assert of(overviewed(destination()))["colour"] == "green"


def test_a_destination_that_always_fails_is_told_once() -> None:
    words = f"tag ga4: {VENDOR} took nothing for 3 min: 5 failures in a row; nothing is sent until the breaker’s cooldown is over"
    assert of(overviewed(destination(**FAILING)))["reasons"] == [words]
    known = f"tag ga4: {VENDOR} answers HTTP 500; the circuit breaker is open"
    assert of(overviewed(destination(**FAILING), reasons=[known]))["reasons"] == [known]


def test_the_configuration_is_that_of_the_worker_that_read_last() -> None:
    early = {**LOADED, "since": NOW - 99 * MINUTE, "found": 1}
    assert of(overviewed(recent={"loaded": early}), overviewed())["loaded"] == LOADED


def test_the_last_reload_is_told_and_one_that_failed_before_one_that_did_not() -> None:
    taken, refused = (
        {"at": "2025-11-28 14:31:51.502 UTC", "ok": ok, "problems": [] if ok else ["line 3"]} for ok in (True, False)
    )
    old = {**refused, "at": "2025-11-28 09:00:00.000 UTC"}
    assert of(overviewed(last_reload=None))["last_reload"] is None
    assert of(overviewed(last_reload=old), overviewed(last_reload=taken), overviewed())["last_reload"] == taken
    assert of(overviewed(last_reload=taken), overviewed(last_reload=refused))["last_reload"] == refused


def test_it_is_json() -> None:
    found = of(overviewed(destination(), numbers={"requests": [1]}, sums={("event", "a"): 1}))
    assert json.loads(json.dumps(found)) == found
