"""Mistakes in how an ``http_request`` collects and judges, each at its line and column; and where answers may be named."""

from __future__ import annotations

import pytest

from config import SourceFile, load
from core.registry import installed

BEGUN = """clients: {ga4: {measurement_ids: G-1}}
tags:
  hook:
    type: http_request
    url: https://example.com/
"""


def said(text: str) -> list[str]:
    source = SourceFile("a.yaml", text.encode())
    found = load([source], registry=installed(), environ={"TOKEN": "s3cr3t"}, read=lambda _: b"", serve=True).problems
    return [str(problem) for problem in found if problem.severity == "error"]


@pytest.mark.parametrize(
    ("settings", "problems"),
    [
        ("batch: {most: 5, linger: 2s, wrap: {key: '${TOKEN}', data: '{{ rows }}'}}", []),
        ("batch: {}", []),
        (
            "batch: {wrap: {data: x}}",
            ["a.yaml:6:13: tags.hook.batch.wrap: where the events go is not said: write {{ rows }} as one of the values"],
        ),
        (
            "batch: {most: 0}",
            ["a.yaml:6:19: tags.hook.batch.most: must be at least 1"],
        ),
        ("success: answer.code == 0", []),
        ("success: 200-299", []),
        ("success: [200, 404]", []),
        ("success: {when: [answer.ok, status == 200], retry: true}", []),
        ("batch: {}\n    success: {row: 'answer[index].ok and row.id', retry: answer.again}", []),
        (
            "success: anser.ok",
            ["a.yaml:6:14: tags.hook.success: unknown name 'anser', did you mean answer?"],
        ),
        (
            "success:\n      when:\n        - answer.ok\n        - event.value > 1",
            [
                "a.yaml:7:7: tags.hook.success.when: there is no event any more when an answer comes: "
                "name `answer`, `status`, `headers`, `row`, `index` or `env`"
            ],
        ),
        ("success: {when: env.NOTHING == 1}", ["a.yaml:6:21: tags.hook.success.when: unknown environment name NOTHING"]),
        (
            "body: {x: '{{ answer.code }}'}",
            ["a.yaml:6:19: tags.hook.body.x: answer means something only in a tag's setting `success`"],
        ),
        (
            "query: {x: '{{ row.x }}'}",
            ["a.yaml:6:20: tags.hook.query.x: row means something only in a tag's setting `success`"],
        ),
    ],
)
def test_what_is_told_and_where(settings: str, problems: list[str]) -> None:
    found = said(f"{BEGUN}    {settings}\n")
    assert [each[: len(problem)] for each, problem in zip(found, problems, strict=True)] == problems


@pytest.mark.parametrize("name", ["answer.x", "status", "index"])
def test_nothing_but_success_may_name_an_answer(name: str) -> None:
    root = name.partition(".")[0]
    told = f"{root} means something only in a tag's setting `success`"
    for rest in (f"triggers: {{t: {{when: {name} == 1}}}}\nexceptions: t\n", f"variables: {{v: '{{{{ {name} }}}}'}}\n"):
        assert any(told in each for each in said(f"{BEGUN}{rest}")), rest


def test_a_secret_is_no_part_of_a_condition() -> None:
    [told] = said(f"{BEGUN}    success: answer.key == '${{TOKEN}}'\n")
    assert told.startswith("a.yaml:6:14: tags.hook.success")
    assert "s3cr3t" not in told
