"""Data clients of the gallery become the client ``json``; cookies that tags kept are the clients' ``remember``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.server.tag_manager.building import client, condition, constant, importing, tag, template, told, trigger, written

TEMPLATES = [
    template("Data Client", "stape-io/data-client"),
    template("FB", "stape-io/facebook-tag", "91"),
    template("LI", "stape-io/linkedin-tag", "92"),
    template("MS", "stape-io/microsoft-capi-tag", "93"),
]
OWN = "item.client_id | default(item.data_client_id) | default(item._dcid) | default(request.cookies._dcid)"
META = {"pixelId": "100000000000001", "accessToken": "abc", "generateFbp": True}


def made(**values: Any) -> Any:
    """The client in the file; None where it is a comment."""
    file = written(client=[client("D", "cvt_1_90", values), client("GA4")], tag=[tag()], customTemplate=TEMPLATES)
    return file["clients"].get("d")


def outcome(**values: Any) -> tuple[str, Sequence[str]]:
    """Its status and reasons."""
    found = importing(client=[client("D", "cvt_1_90", values)], customTemplate=TEMPLATES)
    ((status, _, reasons),) = told(found, "client")
    return status, reasons


def paths(*found: str) -> list[dict[str, str]]:
    return [{"path": path} for path in found]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {}),
        ({"path": paths("/data")}, {}),
        ({"path": []}, {}),
        ({"path": paths("/a", "/data")}, {"activation_paths": ["/a", "/data"]}),
        ({"path": paths("a", "/a")}, {"activation_paths": ["/a"]}),
        ({"responseStatusCode": "200"}, {}),
        ({"responseStatusCode": "201"}, {"reply": {"status": 201}}),
        ({"acceptMultipleEvents": True}, {}),
        ({"generateClientId": True}, {"client_id": f"{{{{ {OWN} | default(ga.client_id) }}}}"}),
    ],
)
def test_settings(values: dict[str, Any], expected: dict[str, Any]) -> None:
    whole = {"type": "json", "note": "D", "secret": None, "client_id": f"{{{{ {OWN} }}}}", **expected}
    assert made(**values) == whole


@pytest.mark.parametrize(
    ("values", "reasons"),
    [
        ({}, []),
        ({"responseBody": "timestamp", "httpOnlyCookie": True, "acceptMultipleEvents": True}, []),
        ({"responseBody": "eventData"}, ["the event data is no part of the reply"]),
        ({"responseStatusCode": "301"}, ["it is answered with 200, not 301"]),
        ({"prolongCookies": True}, ["prolongCookies: the data tag's cookies live as long as the page lets them"]),
        ({"exposeFPIDCookie": True}, ["exposeFPIDCookie has no counterpart"]),
        (
            {"generateClientId": True},
            ["generateClientId: a visitor without an id has the one of Google's cookie, and else none"],
        ),
        (
            {"path": paths("{{Event Name}}", "/a")},
            ["a path is left out: it depends on the event, and a plain text is needed"],
        ),
    ],
)
def test_what_the_report_says(values: dict[str, Any], reasons: Sequence[str]) -> None:
    assert outcome(**values) == ("approximated" if reasons else "imported", reasons)


def test_without_a_path_that_is_known_it_is_a_comment() -> None:
    assert outcome(path=paths("{{Event Name}}")) == ("skipped", ["none of its paths has a translation"])
    assert made(path=paths("{{Event Name}}")) is None


def test_the_comment_is_of_the_type_that_it_would_have() -> None:
    found = importing(client=[client("D", "cvt_1_90", {"path": paths("{{Event Name}}")})], customTemplate=TEMPLATES)
    assert "  #d:\n  #  type: json\n" in found.text


def test_conditions_on_its_name_mean_it() -> None:
    file = written(
        client=[client("Data", "cvt_1_90", {}), client("GA4")],
        trigger=[trigger("t", condition("EQUALS", "{{Client Name}}", "Data"))],
        tag=[tag(firingTriggerId=["1"])],
        customTemplate=TEMPLATES,
    )
    assert file["triggers"]["t"] == {"client": ["data"]}


def test_its_priority_stays() -> None:
    file = written(client=[client("D", "cvt_1_90", {}, priority=7)], customTemplate=TEMPLATES)
    assert file["clients"]["d"]["priority"] == 7


CLIENTS = [client("GA4"), client("Second"), client("MP", "mpaw_client")]
ON_SECOND = trigger("second", condition("EQUALS", "{{Client Name}}", "Second"), triggerId="1")
ON_MP = trigger("mp", condition("EQUALS", "{{Client Name}}", "MP"), triggerId="2")
ON_OTHER = trigger("other", condition("MATCH_REGEX", "{{Client Name}}", "GA4", negate=True), triggerId="3")
LOST = trigger("lost", condition("EQUALS", "{{gone}}", "a"), triggerId="4")


def remembered(*tags: Any, clients: Sequence[Any] = CLIENTS) -> dict[str, Any]:
    """By client what it keeps."""
    found = written(client=clients, tag=tags, trigger=[ON_SECOND, ON_MP, ON_OTHER, LOST], customTemplate=TEMPLATES)["clients"]
    return {key: each["remember"] for key, each in found.items() if "remember" in each}


def linker(**fields: Any) -> Any:
    return tag("Linker", {}, "sgtmadscl", **fields)


def facebook(**fields: Any) -> Any:
    return tag("FB", META, "cvt_1_91", **fields)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (linker(), {"ga4": ["google_ads"], "second": ["google_ads"]}),
        (linker(firingTriggerId=["1"]), {"second": ["google_ads"]}),
        (linker(firingTriggerId=["1", "2147479574"]), {"ga4": ["google_ads"], "second": ["google_ads"]}),
        (linker(firingTriggerId=["2"]), {}),
        (linker(firingTriggerId=["3"]), {}),
        (linker(firingTriggerId=["4"]), {}),
        (linker(firingTriggerId=[]), {}),
        (linker(paused=True), {}),
        (linker(blockingTriggerId=["9"]), {}),
        (linker(scheduleEndMs="1"), {}),
        (facebook(), {"ga4": ["meta"], "second": ["meta"]}),
        (facebook(firingTriggerId=["1"]), {"second": ["meta"]}),
        (facebook(paused=True), {}),
        (tag("LI", {"type": "page_view"}, "cvt_1_92"), {"ga4": ["linkedin"], "second": ["linkedin"]}),
        (
            tag("MS", {"uetTagId": "1", "authToken": "abc", "setClickIdCookie": True}, "cvt_1_93"),
            {"ga4": ["microsoft_ads"], "second": ["microsoft_ads"]},
        ),
        (tag("MS", {"uetTagId": "1", "authToken": "abc", "setClickIdCookie": False}, "cvt_1_93"), {}),
    ],
)
def test_clients_keep_the_cookies_of_tags_that_fire_for_them(found: Any, expected: dict[str, Any]) -> None:
    assert remembered(found) == expected


def test_each_platform_is_named_once() -> None:
    assert remembered(facebook(), facebook(), linker())["ga4"] == ["meta", "google_ads"]


def test_a_client_that_is_added_keeps_them_too() -> None:
    assert remembered(linker(), clients=[]) == {"ga4": ["google_ads"]}


def test_a_client_that_is_a_comment_keeps_nothing() -> None:
    assert remembered(linker(), clients=[client("X", "cvt_1_99"), client("MP", "mpaw_client")]) == {}


def test_a_tag_that_is_a_comment_asks_for_nothing() -> None:
    lost = tag("FB", {**META, "pixelId": "{{gone}}"}, "cvt_1_91")
    assert remembered(lost) == {}


def reasons(*tags: Any, clients: Sequence[Any] = CLIENTS) -> Sequence[tuple[str, str | None, Sequence[str]]]:
    found = importing(client=clients, tag=tags, trigger=[ON_SECOND, ON_MP, ON_OTHER, LOST], customTemplate=TEMPLATES)
    return told(found, "tag")


def test_the_conversion_linker_is_no_tag_of_the_file() -> None:
    why = "clicks on ads: the client second keeps these cookies (`remember: google_ads`), on all hits where ad_storage is granted"
    assert reasons(linker(firingTriggerId=["1"])) == [("approximated", None, [why])]


def test_several_clients_are_named() -> None:
    ((_, _, (said,)),) = reasons(linker())
    assert "the clients ga4, second keep these cookies" in said


def test_where_it_keeps_nothing_it_is_a_comment() -> None:
    why = "clicks on ads: no client keeps these cookies, for it never fires for a ga4 client"
    assert reasons(linker(paused=True)) == [("skipped", "linker", [why])]


def test_cookies_for_other_domains_are_named() -> None:
    ((_, _, said),) = reasons(tag("Linker", {"enableLinkerParams": True}, "sgtmadscl"))
    assert said[0] == "enableLinkerParams: clicks do not go on to other domains"


def test_a_tag_that_does_more_stays_and_says_so() -> None:
    ((status, key, (said,)),) = reasons(facebook(firingTriggerId=["1"]))
    assert (status, key) == ("approximated", "fb")
    assert said.startswith("generateFbp: the client second keeps these cookies (`remember: meta`)")


@pytest.mark.parametrize(("flag", "kept"), [("true", True), ("false", False), ("", False)])
def test_a_constant_may_say_yes(flag: str, kept: bool) -> None:
    file = written(
        client=CLIENTS,
        tag=[tag("FB", {**META, "generateFbp": "{{flag}}"}, "cvt_1_91")],
        variable=[constant("flag", flag)],
        customTemplate=TEMPLATES,
    )
    assert ("remember" in file["clients"]["ga4"]) is kept


def test_a_variable_that_depends_on_the_event_says_no() -> None:
    ((_, _, said),) = reasons(tag("FB", {**META, "generateFbp": "{{Event Name}}"}, "cvt_1_91"))
    assert said == ["generateFbp depends on a variable: taken for no"]
