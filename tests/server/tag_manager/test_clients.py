"""Clients: what each type becomes, and what is said of what it cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.tag_manager.building import client, constant, event_data, importing, template, told, variable, written

SERVER = {"cookieManagement": "server", "migrateFromJsClientId": True}
CONSTANTS = (
    constant("domain", "shop.example"),
    constant("id", "GTM-ABC123"),
    constant("age", "86400"),
    constant("path", "/orders"),
    event_data("event", "x"),
    variable("lost", "fs"),
)


def of(type: str, values: Any = None, **fields: Any) -> Any:
    """The settings of the only client, without type and note."""
    file = written(client=[client("web", type, values, **fields)], variable=CONSTANTS)
    return {key: value for key, value in file["clients"]["web"].items() if key not in ("type", "note")}


def reasons(type: str, values: Any) -> Any:
    """Status and reasons of the only client."""
    ((status, _, found),) = told(importing(client=[client("web", type, values)], variable=CONSTANTS), "client")
    return status, found


@pytest.mark.parametrize(
    ("type", "becomes"),
    [("gaaw_client", "ga4"), ("mpaw_client", "measurement_protocol"), ("gtm_client", "google_scripts")],
)
def test_a_type_has_its_counterpart(type: str, becomes: str) -> None:
    assert written(client=[client("web", type)])["clients"] == {"web": {"type": becomes}}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {}),
        ({"cookieManagement": "js", "cookieName": "X"}, {}),
        (SERVER, {"cookies": {"mode": "server"}}),
        ({"cookieManagement": "server"}, {"cookies": {"mode": "server", "migrate_from_js": False}}),
        (
            {"cookieManagement": "server", "migrateFromJsClientId": False},
            {"cookies": {"mode": "server", "migrate_from_js": False}},
        ),
        (
            {**SERVER, "cookieName": "FPID", "cookieDomain": "auto", "cookiePath": "/", "cookieMaxAgeInSec": "63072000"},
            {"cookies": {"mode": "server"}},
        ),
        ({**SERVER, "cookieName": "BRANDID"}, {"cookies": {"mode": "server", "name": "BRANDID"}}),
        ({**SERVER, "cookieName": "ID_{{event}}"}, {"cookies": {"mode": "server", "name": "ID_{{ event.x }}"}}),
        ({**SERVER, "cookieDomain": "{{domain}}"}, {"cookies": {"mode": "server", "domain": "shop.example"}}),
        ({**SERVER, "cookiePath": "/shop"}, {"cookies": {"mode": "server", "path": "/shop"}}),
        ({**SERVER, "cookieMaxAgeInSec": "34128000"}, {"cookies": {"mode": "server", "max_age": "395d"}}),
        ({**SERVER, "cookieMaxAgeInSec": "3601"}, {"cookies": {"mode": "server", "max_age": "3601s"}}),
        ({**SERVER, "cookieMaxAgeInSec": "{{age}}"}, {"cookies": {"mode": "server", "max_age": "1d"}}),
        ({**SERVER, "cookieSamesite": "lax"}, {"cookies": {"mode": "server"}}),
        ({**SERVER, "cookieSamesite": "auto"}, {"cookies": {"mode": "server"}}),
    ],
)
def test_cookies_are_written_where_the_server_keeps_them(values: Any, expected: Any) -> None:
    assert of("gaaw_client", values) == expected
    assert reasons("gaaw_client", values) == ("imported", [])


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({**SERVER, "cookieSamesite": "none"}, "SameSite is Lax, not none"),
        ({**SERVER, "cookieSamesite": "Strict"}, "SameSite is Lax, not Strict"),
        ({"activateDefaultPaths": False}, "claims the default paths, too: no paths of its own"),
        (
            {**SERVER, "cookieDomain": "{{event}}"},
            "cookieDomain is left out: it depends on the event, and a plain text is needed",
        ),
        (
            {**SERVER, "cookieName": "{{lost}}"},
            "cookieName is left out: no database lookups (a table in a file: `file`, `key`, `value`)",
        ),
        ({**SERVER, "cookieMaxAgeInSec": "long"}, "cookieMaxAgeInSec is left out: it is no number of seconds"),
        (
            {**SERVER, "cookieMaxAgeInSec": "{{event}}"},
            "cookieMaxAgeInSec is left out: it depends on the event, and a plain text is needed",
        ),
    ],
)
def test_what_the_ga4_client_cannot_be_is_said(values: Any, reason: str) -> None:
    assert reasons("gaaw_client", values) == ("approximated", [reason])
    assert of("gaaw_client", values).get("cookies", {"mode": "server"}) == {"mode": "server"}


def test_support_for_gtag_is_a_client_of_its_own() -> None:
    rows = [{"measurementId": "G-EXAMPLE0002"}, {"measurementId": "{{id}}"}, {"measurementId": "G-EXAMPLE0002"}]
    made = importing(
        client=[client("web", values={"activateGtagSupport": True, "gtagMeasurementIds": rows})],
        variable=CONSTANTS,
    )
    assert [each.said for each in made.report.added] == ["client web_scripts: gtag.js, which «web» served"]
    assert written(client=[client("web", values={"activateGtagSupport": True, "gtagMeasurementIds": rows})], variable=CONSTANTS)[
        "clients"
    ] == {
        "web": {"type": "ga4"},
        "web_scripts": {"type": "google_scripts", "ids": ["G-EXAMPLE0002", "GTM-ABC123"]},
    }


def test_scripts_that_the_check_refuses_are_not_served_and_that_is_said() -> None:
    rows = [{"measurementId": "no id"}]
    made = importing(client=[client("web", values={"activateGtagSupport": True, "gtagMeasurementIds": rows})])
    ((status, key, found),) = told(made, "client")
    assert (status, key) == ("approximated", "web")
    assert found[0].startswith("gtag.js is not served: ids[0]: must match")
    assert made.report.added == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {}),
        ({"activationPath": "/mp/collect"}, {}),
        ({"activationPath": "/orders/collect"}, {"activation_paths": ["/orders/collect"]}),
        ({"activationPath": "{{path}}"}, {"activation_paths": ["/orders"]}),
    ],
)
def test_a_path_of_the_measurement_protocol_is_kept(values: Any, expected: Any) -> None:
    assert of("mpaw_client", values) == expected


def test_a_path_that_depends_on_the_event_is_left_out() -> None:
    reason = "activationPath is left out: it depends on the event, and a plain text is needed"
    assert reasons("mpaw_client", {"activationPath": "{{event}}"}) == ("approximated", [reason])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], {}),
        ([{"containerId": "GTM-A"}], {"ids": ["GTM-A"]}),
        ([{"containerId": "{{id}}"}], {"ids": ["GTM-ABC123"]}),
        (
            [{"containerId": "GTM-A", "path": "/a.js"}, {"containerId": "GTM-B"}],
            {"ids": ["GTM-A", "GTM-B"], "paths": {"GTM-A": "/a.js"}},
        ),
        (
            [{"containerId": "GTM-A", "path": "/a.js"}, {"containerId": "GTM-A", "path": "/b.js"}],
            {"ids": ["GTM-A"], "paths": {"GTM-A": "/a.js"}},
        ),
    ],
)
def test_containers_are_served(rows: Any, expected: Any) -> None:
    assert of("gtm_client", {"allowedContainerIds": rows}) == expected


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"isPathMandatory": True}, "serves scripts at /gtm.js, too"),
        (
            {"allowedContainerIds": [{"containerId": "{{event}}"}]},
            "an id of allowedContainerIds is left out: it depends on the event, and a plain text is needed",
        ),
        (
            {"allowedContainerIds": [{"containerId": "GTM-A", "path": "{{event}}"}]},
            "a path of allowedContainerIds is left out: it depends on the event, and a plain text is needed",
        ),
        (
            {"allowedContainerIds": [{"containerId": "GTM-A", "path": "/x.js"}, {"containerId": "GTM-B", "path": "/x.js"}]},
            "a path of allowedContainerIds is left out: it is another id's, too",
        ),
    ],
)
def test_what_the_scripts_client_cannot_be_is_said(values: Any, reason: str) -> None:
    assert reasons("gtm_client", values) == ("approximated", [reason])


@pytest.mark.parametrize(
    ("priority", "expected"),
    [
        (100, {"priority": 100}),
        (-5, {"priority": -5}),
        (0, {}),
        ("7", {"priority": 7}),
        ({"type": "INTEGER", "value": "9"}, {"priority": 9}),
        ("many", {}),
        (None, {}),
        ([1], {}),
    ],
)
def test_the_priority_is_kept(priority: Any, expected: Any) -> None:
    assert of("gaaw_client", {}, priority=priority) == expected


def test_without_a_client_one_is_added() -> None:
    made = importing()
    assert [each.said for each in made.report.added] == ["client ga4: a file needs a client"]
    assert written() == {"clients": {"ga4": {"type": "ga4"}}, "tags": {}}


def test_a_client_that_has_no_counterpart_is_a_comment() -> None:
    made = importing(client=[client("Odd", "odd_client", {"a": "b", "c": True, "d": "{{lost}}"})], variable=CONSTANTS)
    assert told(made, "client") == [("skipped", "odd", ["no client for the client type odd_client"])]
    assert made.text.partition("clients:")[2].startswith(
        "\n  # -- no client for the client type odd_client\n"
        "  #odd:\n"
        "  #  type: unknown\n"
        "  #  note: Odd\n"
        '  #  settings: {a: b, c: true, d: "(no value: no database lookups (a table in a file: `file`, `key`, `value`))"}\n'
    )
    assert made.report.added == []


def test_a_client_of_a_template_that_nobody_knows_is_a_comment() -> None:
    made = importing(client=[client("Mine", "cvt_1_90")], customTemplate=[template("House Client")])
    assert told(made, "client") == [("skipped", "mine", ["no client for «House Client»"])]
    assert told(made, "template") == [("skipped", None, ["unknown"])]


def test_a_client_that_the_check_refuses_is_a_comment_that_says_why() -> None:
    made = importing(client=[client("web", values={**SERVER, "cookieDomain": "not a domain"}), client("other")])
    ((status, key, found), other) = told(made, "client")
    assert (status, key) == ("skipped", "web")
    assert found[0].startswith("cookies.domain: must be auto or a domain")
    assert other == ("imported", "other", [])
    assert "  #web:\n  #  type: ga4\n" in made.text
