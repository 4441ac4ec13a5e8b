"""Every variable and its value for one event, and why one has none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.inspection.look import Look
from server.inspection.variables import LONGEST, MOST, Variables
from tests.server.inspection.conftest import SECRETS, Desk

VISITOR = "203.0.113.77"
FILE = """
clients:
  web: {type: ga4, measurement_ids: [G-ABC1234567]}
environment: {STAGE: production}
variables:
  live: "{{ env.STAGE == 'production' }}"
  offices: [203.0.113.0/24]
  half: "{{ event.value * 0.5 }}"
  quarter: "{{ var.half / 2 }}"
  plan: {lookup: "{{ event.plan }}", map: {a: Basic}, default: none}
  bare: {lookup: "{{ event.event_name }}", map: {a: Basic}}
  shop: {regex: "{{ event.page_hostname }}", map: {'^(.+)\\.example$': '\\1'}}
  odd: {regex: "{{ event.event_name }}", map: {'^never$': x}}
  margin: {each: "{{ event.items }}", sum: "{{ item.price * 0.3 }}"}
  names: {each: "{{ event.list }}", sum: "{{ item.price }}"}
  table: {file: table.csv, key: id, value: name}
  missing: "{{ event.never.there + event.nor_this }}"
  nonsense: "{{ event.event_name * 2 }}"
  blank: "{{ event.blank }}"
  who: "{{ user.email }}"
  hashed: "{{ user.email_sha256 }}"
  has_mail: "{{ user.email is defined }}"
  greeting: "Dear {{ var.who | upper }}"
  cookie: "{{ request.cookies.session }}"
  ga_cookie: "{{ request.cookies._ga }}"
  from: "{{ request.ip }}"
  proxy: "{{ request.headers['x-forwarded-for'] }}"
  token: "{{ request.headers['authorization'] | upper }}"
triggers: {large: {when: "var.half > 10"}}
transformations: {add: {type: augment, parameters: {a: "{{ var.half }}", b: "{{ var.margin }}"}}}
tags: {log: {type: log, file: events.jsonl}}
"""
EXTRA = "&ep.user_data.email=ann%40b.example&ep.blank=&ep.list=x"
HEADERS = (
    ("cookie", "session=s3ssion; _ga=GA1.1.7.8"),
    ("x-forwarded-for", VISITOR),
    ("authorization", "Bearer canary-of-a-token"),
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "table.csv").write_text("id,name\n1,one\n2,two\n")
    return Desk(tmp_path, FILE)


def told(desk: Desk, *, reveal: bool = False, extra: str = EXTRA) -> dict[str, Any]:
    record = desk.hit("purchase", extra, headers=HEADERS, ip=VISITOR)
    return {each["name"]: each for each in Variables(Look(record, 0, reveal), 0).all()}


def test_every_variable_is_told_in_the_order_of_the_file(desk: Desk) -> None:
    assert list(told(desk)) == list(desk.serving.settings.variables)


@pytest.mark.parametrize(
    ("name", "text", "kind", "form"),
    [
        ("live", "true", "boolean", "expression"),
        ("offices", '["203.0.113.0/24"]', "list", "constant"),
        ("half", "60.0", "number", "expression"),
        ("quarter", "30.0", "number", "expression"),
        ("plan", "none", "text", "lookup"),
        ("shop", "shop", "text", "regex"),
        ("table", "a table of 2 rows", "table", "file"),
        ("ga_cookie", "GA1.1.7.8", "text", "expression"),
        ("has_mail", "true", "boolean", "expression"),
    ],
)
def test_a_value_has_its_kind_and_a_form(desk: Desk, name: str, text: str, kind: str, form: str) -> None:
    shown = told(desk)[name]
    assert (shown["value"], shown["form"], shown["why"]) == ({"text": text, "kind": kind}, form, "")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("bare", "its table has no entry for this value, and there is no default"),
        ("odd", "no pattern is found in this value, and there is no default"),
        ("margin", "event.items has no value"),
        ("names", "no element of the list gives a number, or it is no list"),
        ("missing", "event.never.there and event.nor_this have no value"),
        ("nonsense", "what it names has a value, but not one that this can be made of"),
    ],
)
def test_one_without_a_value_says_why(desk: Desk, name: str, why: str) -> None:
    shown = told(desk)[name]
    assert (shown["value"]["kind"], shown["why"]) == ("undefined", why)


def test_one_that_raises_says_so_and_spares_the_others(desk: Desk) -> None:
    def raises(_: object) -> None:
        raise RecursionError("of ann@b.example")

    variables = desk.serving.assembled.container.shared.variables
    assert isinstance(variables, dict)
    variables["half"] = raises
    shown = told(desk)
    assert (shown["half"]["value"]["kind"], shown["half"]["why"]) == ("undefined", "it failed: RecursionError")
    assert shown["live"]["value"]["text"] == "true"


def test_it_says_where_each_is_used_and_what_is_used_nowhere(desk: Desk) -> None:
    shown = told(desk)
    assert shown["half"]["used"] == ["variables.quarter", "triggers.large", "transformations.add"]
    assert shown["margin"]["used"] == ["transformations.add"]
    assert shown["plan"]["used"] == []


@pytest.mark.parametrize("name", ["who", "hashed", "greeting", "cookie", "from", "proxy"])
def test_what_is_made_of_personal_data_is_masked_until_somebody_asks(desk: Desk, name: str) -> None:
    assert told(desk)[name]["value"] == {"text": "•••", "kind": "masked"}
    revealed = told(desk, reveal=True)[name]["value"]
    assert revealed["kind"] == "text"
    assert "•••" not in revealed["text"]


def test_nothing_personal_is_in_what_is_masked_and_no_secret_anywhere(desk: Desk) -> None:
    masked, revealed = (json.dumps(told(desk, reveal=reveal), ensure_ascii=False) for reveal in (False, True))
    for personal in ("ann@b.example", "ANN@B.EXAMPLE", "s3ssion", VISITOR):
        assert personal not in masked
    for secret in (*SECRETS.values(), "canary", "CANARY"):
        assert secret not in masked + revealed
    assert told(desk, reveal=True)["token"]["value"] == {"text": "***", "kind": "masked"}


def test_a_long_value_is_told_by_its_beginning(desk: Desk) -> None:
    text = f"{EXTRA.replace('blank', 'other')}&ep.blank={'x' * 9000}"
    shown = told(desk, extra=text)["blank"]["value"]["text"]
    assert shown == f"{'x' * LONGEST}… (5000 more)"


def test_so_many_long_values_that_a_page_would_wait_for_them_are_not_looked_through(tmp_path: Path) -> None:
    lines = "\n".join(f"  v{at}: '{{{{ event.blank }}}}'" for at in range(60))
    desk = Desk(tmp_path, f"clients: {{web: {{type: ga4}}}}\nvariables:\n{lines}\ntags: {{log: {{file: x.jsonl}}}}\n", {})
    record = desk.met(desk.request("v=2&tid=G-1&cid=1.2", b"en=a&ep.blank=" + b"x" * (MOST // 40)))
    shown = Variables(Look(record, 0), 0).all()
    assert [each["value"]["kind"] for each in shown] == ["text"] * 40 + ["omitted"] * 20


def test_a_text_that_was_sent_empty_is_no_undefined_one(desk: Desk) -> None:
    assert told(desk)["blank"]["value"] == {"text": "", "kind": "text"}
    assert told(desk, extra="")["blank"]["value"]["kind"] == "undefined"
