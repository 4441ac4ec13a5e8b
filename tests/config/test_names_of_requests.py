"""``body`` and ``item``: where a file may name what a request says, and where that would mean nothing."""

from __future__ import annotations

import pytest

from config import SourceFile, load
from core.registry import installed

JSON = "clients: {json: {secret: null, parameters: {a: '{{ body.a }}', b: '{{ item.b }}', c: '{{ var.used }}'}}}\n"
OTHER = "clients: {ga4: {measurement_ids: G-1, cookies: {when: %s}}}\n"
VARIABLES = """variables:
  used: {each: "{{ body.list }}", value: "{{ item.x }}"}
  by_way: "{{ var.used }}"
  further: "{{ var.by_way }}"
"""
NO_ITEM = (
    "item means something only in a variable's `each`, in a client that reads JSON, "
    "and where a transformation sets a name such as items.*.margin"
)
NO_BODY = "body means something only in a client that reads JSON, and in variables that only such clients use"


def said(text: str) -> list[str]:
    source = SourceFile("a.yaml", text.encode())
    found = load([source], registry=installed(), environ={}, read=lambda _: b"", serve=False).problems
    return [problem.message for problem in found if problem.severity == "error"]


def test_a_client_that_reads_json_and_its_variables_may() -> None:
    assert said(f"{JSON}{VARIABLES}tags: {{log: {{}}}}\n") == []


@pytest.mark.parametrize(("name", "message"), [("body.a", NO_BODY), ("item.a", NO_ITEM)])
def test_nobody_else_may(name: str, message: str) -> None:
    assert said(f"{OTHER % name}tags: {{log: {{}}}}\n") == [message]
    assert said(f"{OTHER % 'true'}tags: {{log: {{}}}}\ntriggers: {{t: {{when: {name} == 1}}}}\nexceptions: t\n") == [message]
    assert said(f"{OTHER % 'true'}tags: {{log: {{event_name: '{{{{ {name} }}}}'}}}}\n") == [message]
    assert said(f"{OTHER % 'true'}tags: {{log: {{}}}}\nconsent: {{ad_storage: '{{{{ {name} }}}}'}}\n") == [message]


@pytest.mark.parametrize("name", ["used", "by_way", "further"])
def test_a_variable_that_reads_the_body_is_of_such_clients_alone(name: str) -> None:
    message = f"the variable {name} reads `body`, so it has a value only in a client that reads JSON"
    assert said(f"{JSON}{VARIABLES}tags: {{log: {{event_name: '{{{{ var.{name} }}}}'}}}}\n") == [message]
    assert said(f"{OTHER % f'var.{name}'}{VARIABLES}tags: {{log: {{}}}}\n") == [message]
    assert said(f"{JSON.replace('var.used', f'var.{name}')}{VARIABLES}tags: {{log: {{}}}}\n") == []


def test_it_warns_of_a_client_that_anybody_can_send_through_unless_that_is_meant() -> None:
    def doubts(settings: str) -> list[str]:
        text = f"clients: {{json: {settings}}}\ntags: {{log: {{}}}}\n"
        found = load([SourceFile("a.yaml", text.encode())], registry=installed(), environ={}, read=lambda _: b"", serve=False)
        return [problem.message for problem in found.problems]

    assert [each[:29] for each in doubts("{}")] == ["anybody can send any event th"]
    assert doubts("{secret: null}") == []
    assert doubts("{secret: {scheme: bearer, key: '${KEY}'}}") == []
