"""``tagyard diff``: what a change of the configuration would send differently, told and counted; and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.hits.captured import events, hits

GOLDEN = Path(__file__).parent / "golden"
OLD = """
clients: {web: {type: ga4, measurement_ids: G-ABC1234567, cookies: {mode: server}}}
triggers: {purchases: {event: purchase}, views: {event: page_view}}
tags:
  ga4: {}
  hook:
    type: http_request
    url: https://shop.example/orders
    triggers: purchases
    headers: {Authorization: "Bearer ${TOKEN}"}
    body: {id: "{{ event.transaction_id }}", items: "{{ event.items }}", request: "{{ request.id }}"}
  gone: {type: log, triggers: purchases}
"""
NEW = """
clients: {web: {type: ga4, measurement_ids: G-ABC1234567, cookies: {mode: server}}}
triggers: {purchases: {event: purchase}, views: {event: page_view}}
deduplicate: {orders: {triggers: purchases, key: "{{ event.transaction_id }}"}}
transformations: {no_email: {type: exclude, parameters: email}}
tags:
  ga4: {parameters: {set: {stage: live}}}
  hook:
    type: http_request
    url: https://shop.example/v2/orders
    triggers: [purchases, views]
    headers: {Authorization: "Bearer ${OTHER}", X-Shop: s}
    body: {id: "{{ event.transaction_id | lower }}", items: "{{ event.items }}", request: "{{ request.id }}"}
"""
HITS = """\
/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view&ep.email=a%40b.c
/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=purchase&ep.email=a%40b.c&ep.transaction_id=T-1&pr1=idA~pr3
/g/collect?v=2&tid=G-ABC1234567&cid=1.2\ten=purchase

/nothing
"""


@pytest.fixture
def files(folder: Path) -> Path:
    for name, text in {"old.yaml": OLD, "new.yaml": NEW, "hits": HITS}.items():
        (folder / name).write_text(text)
    return folder


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("options", "golden"), [((), "diff.txt"), (("--markdown",), "diff.md")])
def test_what_differs_is_told_by_tag(run: Any, options: tuple[str, ...], golden: str) -> None:
    result = run("diff", "old.yaml", "new.yaml", "--hits", "hits", *options)
    assert result.stdout == (GOLDEN / golden).read_text()
    assert (result.exit_code, result.stderr) == (1, "")


@pytest.mark.usefixtures("files")
def test_it_answers_in_one_way(run: Any) -> None:
    result = run("diff", "old.yaml", "new.yaml", "--hits", "hits", "--json", "--markdown")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["problems"][0]["message"].startswith("--json and --markdown are two ways to answer")


@pytest.mark.usefixtures("files")
def test_nothing_differs_by_chance(run: Any) -> None:
    """Ids, clock and what is drawn for new visitors' cookies are the same on both sides."""
    result = run("diff", "old.yaml", "old.yaml", "--hits", "-", input=HITS)
    assert (result.exit_code, result.stdout) == (0, "4 of 4 requests are treated alike.\n")


def test_real_hits_are_treated_alike_by_the_same_file_and_counted_where_it_differs(run: Any, files: Path) -> None:
    lines = [json.dumps({**hit, "url": hit["url"].replace("G-CPCJZBBRX4", "G-ABC1234567")}) for hit in hits()]
    (files / "hits").write_text("\n".join(lines))
    assert run("diff", "old.yaml", "old.yaml", "--hits", "hits").exit_code == 0
    result = run("diff", "old.yaml", "new.yaml", "--hits", "hits")
    (line,) = [line for line in result.stdout.splitlines() if "query ep.stage" in line]
    ours = [event for hit in hits() for event in events(hit["url"], hit["body"]) if event["tid"] == "G-CPCJZBBRX4"]
    sent = [event for event in ours if "gcut" in event or "sst.gcut" not in event]
    assert int(line.split("×")[0].split()[-1]) == len(sent) == len(ours) - 1, "one is gtag's repeat"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nope.yaml", "new.yaml", "--hits", "hits"), "'nope.yaml' does not exist"),
        (("old.yaml", "new.yaml"), "Missing option '--hits'"),
        (("old.yaml", "new.yaml", "--hits", "nope"), "'nope' does not exist"),
        (("old.yaml", "new.yaml", "--hits", "nonsense"), "nonsense:1: is neither a JSON object nor a URL"),
        (("old.yaml", "new.yaml", "--hits", "bytes"), "bytes: cannot be read: it is not UTF-8"),
        (("old.yaml", "new.yaml", "--hits", "empty"), "empty: holds no request"),
        (("old.yaml", "new.yaml", "--hits", "strange"), "is not a URL"),
        (("old.yaml", "empty-folder", "--hits", "hits"), "empty-folder: this folder holds no *.yaml file"),
        (("old.yaml", "new.yaml", "--hits", "hits", "--env-file", "nonsense"), "nonsense:1: a line must be NAME=value"),
        (("database.yaml", "new.yaml", "--hits", "hits"), "no.mmdb"),
    ],
)
def test_where_there_is_no_answer_the_exit_code_says_so(run: Any, files: Path, arguments: list[str], told: str) -> None:
    (files / "nonsense").write_text("what?")
    (files / "bytes").write_bytes("/g/collect".encode("utf-16"))
    (files / "empty").write_text("\n")
    (files / "strange").write_text("http://[/g/collect")
    (files / "empty-folder").mkdir()
    (files / "database.yaml").write_text(f"{OLD}\nserver: {{geo: {{database: no.mmdb}}}}")
    result = run("diff", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.usefixtures("files")
def test_a_plugin_that_fails_is_told_in_a_line(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from tags.ga4 import Ga4

    def fail(*_: object) -> None:
        raise RuntimeError("s3cret")

    monkeypatch.setattr(Ga4, "pack", fail)
    result = run("diff", "old.yaml", "new.yaml", "--hits", "hits")
    assert (result.exit_code, result.stderr) == (2, "Error: request 1 could not be run: RuntimeError\n")


def test_the_mistakes_of_both_files_are_told(run: Any, files: Path) -> None:
    for name in ("old.yaml", "new.yaml"):
        (files / name).write_text(OLD.replace("measurement_ids", "measurment_ids"))
    result = run("diff", "old.yaml", "new.yaml", "--hits", "hits")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "old.yaml:2:28: clients.web.measurment_ids: unknown key" in result.stderr
    assert "new.yaml:2:28: clients.web.measurment_ids: unknown key" in result.stderr


@pytest.mark.usefixtures("files")
def test_no_secret_shows(run: Any) -> None:
    result = run("diff", "old.yaml", "new.yaml", "--hits", "hits", TOKEN="s3cret", OTHER="t0ken")
    assert "s3cret" not in result.output
    assert "t0ken" not in result.output
