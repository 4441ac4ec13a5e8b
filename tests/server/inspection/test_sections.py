"""Every value that is in force: what it is, who says so and where, and whether the environment has what it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from server.inspection.sections import ENTRIES, NAMES, WHOLE
from tests.server.inspection.conftest import Desk

TEXT = """environment: {GA4_ID: G-ABC1234567, STAGE: live, HOST: a.example}
server:
  max_body: 2 MiB
  rate_limit: 5
  log: {level: debug}
clients:
  web: {type: ga4, measurement_ids: "${GA4_ID}", priority: 3}
  scripts: {type: google_scripts}
consent: {ad_storage: "{{ event.x }}"}
variables:
  plan: {lookup: "{{ event.plan }}", map: {a: Basic}}
  unused: 5
triggers:
  bots: {when: ["event.a == 1", "env.STAGE == 'live'"], note: crawlers}
exceptions: bots
transformations:
  late: {type: exclude, parameters: [email]}
  first: {type: augment, parameters: {plan: "{{ var.plan }}"}, priority: 10}
  nowhere: {type: exclude, parameters: [x], tags: [hook], except: [hook]}
deduplicate: {orders: {triggers: all, key: "{{ event.id }}"}}
tags:
  ga4: {}
  hook:
    type: http_request
    paused: true
    url: "https://${HOST}/x"
    headers: {Authorization: "Bearer ${HOOK_TOKEN}", X-Other: "${ELSEWHERE:-none}"}
    body: {items: [{id: 1}, {id: 2}]}
tests:
  - name: a page view
    event: {event_name: page_view}
    sent: {ga4: 1}
"""


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("STAGE", "test")
    return Desk(tmp_path, TEXT, {"HOOK_TOKEN": "canary-hook-token"})


def values(desk: Desk, section: str, key: str | None = None) -> dict[str, Any]:
    more = {} if key is None else {"key": key}
    return {each["key"]: each for each in desk.ask("section", section=section, **more)["values"]}


def entries(desk: Desk, section: str) -> dict[str, Any]:
    return {each["name"]: each for each in desk.ask("section", section=section)["entries"]}


def test_every_section_can_be_looked_at(shown: Desk) -> None:
    assert set(NAMES) == {*ENTRIES, *WHOLE}
    told = {each["name"]: each["count"] for each in shown.ask("configuration")["sections"]}
    assert {name: count for name, count in told.items() if count == 0} == {"outbox": 0}
    for name in NAMES:
        section = shown.ask("section", section=name)
        assert section["entries"] or section["values"]
        for entry in section["entries"]:
            assert shown.ask("section", section=name, key=entry["key"])["values"]


def test_what_the_file_says_is_told_apart_from_defaults_and_has_its_line(shown: Desk) -> None:
    server = values(shown, "server")
    assert (server["max_body"]["value"], server["max_body"]["says"]) == ("2 MiB", "file")
    assert server["max_body"]["place"] == {"file": "container.yaml", "line": 3}
    assert (server["max_cookies"]["value"], server["max_cookies"]["says"]) == ("64 KiB", "default")
    assert server["max_cookies"]["place"] is None
    assert (server["listen"]["value"], server["shutdown_grace"]["value"]) == ("0.0.0.0:8080", "10s")
    assert values(shown, "outbox")["max_age"]["value"] == "3d"
    assert server["log.level"]["place"] == {"file": "container.yaml", "line": 5}
    assert (server["log.format"]["value"], server["log.format"]["says"]) == ("auto", "default")


def test_what_is_written_in_short_is_told_in_full(shown: Desk) -> None:
    server = values(shown, "server")
    assert (server["rate_limit.per_second"]["value"], server["rate_limit.burst"]["value"]) == ("5", "100")
    assert server["rate_limit.per_second"]["place"] == {"file": "container.yaml", "line": 4}


def test_a_default_that_follows_from_the_rest_of_the_file_says_so(shown: Desk) -> None:
    ids = values(shown, "clients", "scripts")["ids"]
    assert (ids["value"], ids["says"]) == ('["G-ABC1234567"]', "derived")


def test_a_value_of_the_environment_is_shown_beside_its_name_unless_it_is_secret(shown: Desk) -> None:
    hook = values(shown, "tags", "hook")
    assert (hook["url"]["value"], hook["url"]["written"]) == ("https://a.example/x", "https://${HOST}/x")
    token, other = hook["headers.Authorization"], hook["headers.X-Other"]
    assert (token["value"], token["written"]) == ("Bearer ${HOOK_TOKEN}", "")
    assert token["secrets"] == [{"name": "HOOK_TOKEN", "origin": "environment"}]
    assert other["secrets"] == [{"name": "ELSEWHERE", "origin": "nowhere"}]
    assert hook["body.items[1].id"]["value"] == "2"
    environment = entries(shown, "environment")
    assert (environment["STAGE"]["text"], environment["STAGE"]["note"]) == ("test", "set by the process environment")
    assert (environment["GA4_ID"]["text"], environment["GA4_ID"]["note"]) == ("G-ABC1234567", "")


def test_what_does_nothing_is_told_with_the_reason(shown: Desk) -> None:
    idle = {f"{each['section']}.{each['name']}": each["idle"] for each in shown.ask("configuration")["idle"]}
    assert idle == {
        "tags.hook": "is paused",
        "variables.unused": "is not used",
        "transformations.nowhere": "reaches no tag",
    }


def test_transformations_stand_in_the_order_in_which_they_run(shown: Desk) -> None:
    assert list(entries(shown, "transformations")) == ["first", "late", "nowhere"]


def test_what_is_one_alone_is_where_it_stands(shown: Desk) -> None:
    assert values(shown, "exceptions")[""]["value"] == "bots"
    assert entries(shown, "tests")["a page view"]["place"] == {"file": "container.yaml", "line": 30}
    assert entries(shown, "triggers")["bots"]["note"] == "crawlers"
    assert values(shown, "consent")["ad_storage"]["value"] == "{{ event.x }}"


@pytest.mark.parametrize(
    "command", [{"section": "nothing"}, {"section": "tags", "key": "no"}, {"section": "server", "key": "x"}, {}]
)
def test_a_part_that_there_is_not_is_an_error(shown: Desk, command: dict[str, str]) -> None:
    assert shown.ask("section", **command) == {"error": "there is no such part of the configuration"}


def test_many_entries_are_told_some_at_a_time(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "clients: {ga4: {}}\ntags:\n" + "".join(f"  t{number}: {{type: log}}\n" for number in range(450)))
    parts = [desk.ask("section", section="tags", after=after) for after in (0, 200, 400, 600)]
    assert [(len(part["entries"]), part["more"]) for part in parts] == [(200, 250), (200, 50), (50, 0), (0, 0)]
    assert parts[1]["entries"][0]["name"] == "t200"


def test_the_values_of_a_tag_come_with_the_transformations_that_reach_it(shown: Desk) -> None:
    tag = shown.ask("section", section="tags", key="hook")["tag"]
    assert (tag["transformations"], tag["triggers"]) == (["first", "late"], ["all"])
    assert shown.ask("section", section="clients", key="web")["tag"] is None
