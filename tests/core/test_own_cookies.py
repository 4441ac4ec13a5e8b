"""The server's own cookies are for no expression, and so for no vendor."""

from __future__ import annotations

from typing import Any

import pytest

from core.context import Context, Scope, Shared
from core.expressions import compile_template
from core.own_cookies import without_own
from core.types import Request

SENT = "_ga=GA1.1.2.3; tagyard_debug=secret1; tagyard_admin=secret2;tagyard_debug=secret3; theme=tagyard_debug"
LEFT = "_ga=GA1.1.2.3; theme=tagyard_debug"


@pytest.mark.parametrize(
    "template",
    [
        "{{ request.headers.cookie }}",
        "{{ request.headers['Cookie'] }}",
        "{{ request.headers[event.name] }}",
        "{{ request.headers | json }}",
        "{{ request.cookies | json }}",
        "{{ request.cookies.tagyard_debug }}",
        "{{ request.cookies['tagyard_admin'] }}",
        "{{ request.cookies[event.debug] }}",
    ],
)
def test_no_expression_reads_them(template: str) -> None:
    assert "secret" not in str(value(template))


def test_all_others_are_read_as_they_came() -> None:
    assert value("{{ request.headers.cookie }}") == LEFT
    assert value("{{ request.cookies.theme }}") == "tagyard_debug"
    assert value("{{ request.headers.cookie }}", "a=b;c") == "a=b;c"
    assert value("{{ request.cookies.a }}", "a=b;c") == "b"


def test_a_line_of_nothing_else_is_empty() -> None:
    assert without_own("tagyard_debug=x; tagyard_admin=y") == ""
    assert without_own("") == ""


def value(template: str, cookies: str = SENT) -> Any:
    request = Request("r1", 0, "GET", "/", headers=(("host", "a.example"), ("cookie", cookies)))
    event = {"name": "cookie", "debug": "tagyard_debug"}
    context = Context(request, "web", event, 0, Shared())
    return compile_template(template).evaluate(Scope(event, context))
