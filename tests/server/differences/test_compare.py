"""What differs between two configurations, for one request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.undefined import UNDEFINED
from server.differences import Difference, DifferenceKind, How, compare
from server.explain.explanation import Explanation, explainer_of
from server.explain.hit import Hit
from server.loading.configuration import Configuration

NOW = 1_770_000_000_000_000
HIT = Hit("GET", "/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=purchase&ep.transaction_id=T-1&epn.value=3&pr1=idA~pr3&pr2=idB~pr4")
BASE = """
clients: {{web: {{type: ga4, measurement_ids: G-ABC1234567}}}}
triggers: {{purchases: {{event: purchase}}, others: {{event: other}}}}
{more}
"""

Run = Callable[[str, Hit], Explanation]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """What a configuration with this besides makes of a hit."""

    def run(more: str, hit: Hit) -> Explanation:
        path = tmp_path / "container.yaml"
        path.write_text(more if "clients:" in more else BASE.format(more=more))
        configuration = Configuration(path)
        loaded = configuration.load_masked()
        assert loaded.settings is not None, loaded.problems
        return explainer_of(configuration, loaded, loaded.settings, now=NOW).request(hit.request("diff-1", NOW, None))

    return run


GA4 = "https://www.google-analytics.com/g/collect"
EU = "https://region1.google-analytics.com/g/collect"
HOOK = "type: http_request, url: 'https://e.example/x'"
ADDED, REMOVED, CHANGED = How.ADDED, How.REMOVED, How.CHANGED


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("ga4: {}", "ga4: {note: another}", []),
        ("ga4: {}", "ga4: {parameters: {set: {a: b}}}", [("ga4", "query", "ep.a", ADDED, UNDEFINED, "b")]),
        ("ga4: {parameters: {exclude: transaction_id}}", "ga4: {}",
         [("ga4", "query", "ep.transaction_id", ADDED, UNDEFINED, "T-1")]),
        ("ga4: {}", "ga4: {parameters: {exclude: transaction_id}}",
         [("ga4", "query", "ep.transaction_id", REMOVED, "T-1", UNDEFINED)]),
        ("ga4: {event_name: a}", "ga4: {event_name: b}", [("ga4", "query", "en", CHANGED, "a", "b")]),
        ("ga4: {}", "ga4: {endpoint: 'https://region1.google-analytics.com'}",
         [("ga4", "url", "", CHANGED, GA4, EU)]),
        (f"h: {{{HOOK}}}", f"h: {{{HOOK}, method: PUT}}", [("h", "method", "", CHANGED, "POST", "PUT")]),
        (f"h: {{{HOOK}, headers: {{A: b}}}}", f"h: {{{HOOK}}}", [("h", "header", "a", REMOVED, "b", UNDEFINED)]),
        (f"h: {{{HOOK}, body: {{a: 1, b: {{c: 2}}}}}}", f"h: {{{HOOK}, body: {{b: {{c: 3}}, d: 4}}}}",
         [("h", "body", "a", REMOVED, 1, UNDEFINED), ("h", "body", "b.c", CHANGED, 2, 3),
          ("h", "body", "d", ADDED, UNDEFINED, 4)]),
        (f"h: {{{HOOK}, body: {{i: '{{{{ event.items }}}}'}}}}",
         f"h: {{{HOOK}, body: {{i: '{{{{ event.items }}}}'}}, parameters: {{exclude: items.price}}}}",
         [("h", "body", "i[].price", REMOVED, 3, UNDEFINED), ("h", "body", "i[].price", REMOVED, 4, UNDEFINED)]),
        (f"h: {{{HOOK}, format: text, body: a}}", f"h: {{{HOOK}, format: text, body: b}}",
         [("h", "body", "", CHANGED, "a", "b")]),
        (f"h: {{{HOOK}, format: text, body: '{{{{ [1] | json }}}}'}}",
         f"h: {{{HOOK}, format: text, body: '[ 1]'}}", [("h", "body", "as it is written", CHANGED, UNDEFINED, UNDEFINED)]),
        ("ga4: {}", "ga4: {triggers: others}",
         [("ga4", "sent", "no trigger matched (others)", REMOVED, f"POST {GA4} purchase", UNDEFINED)]),
        ("log: {paused: true}", "log: {}", [("log", "sent", "the tag is paused", ADDED, UNDEFINED, "a line to -")]),
        ("ga4: {paused: true}", "ga4: {triggers: others}",
         [("ga4", "held back", "the tag is paused → no trigger matched (others)", CHANGED, UNDEFINED, UNDEFINED)]),
        ("a: {type: log, paused: true}", "b: {type: log, paused: true}", []),
        ("a: {type: log}", "b: {type: log}", [
            ("b", "sent", "there is no such tag", ADDED, UNDEFINED, "a line to -"),
            ("a", "sent", "there is no such tag", REMOVED, "a line to -", UNDEFINED)]),
    ],
)  # fmt: skip
def test_tags(run: Run, old: str, new: str, found: list[Any]) -> None:
    pair = (run(f"tags: {{{tags}}}", HIT) for tags in (old, new))
    expected = [Difference(DifferenceKind(tag, part, name, how), before, after) for tag, part, name, how, before, after in found]
    assert list(compare(*pair)) == expected


def test_who_claims_and_what_is_answered(run: Run) -> None:
    old = run("tags: {ga4: {}}", HIT)
    new = run("clients: {other: {type: ga4, measurement_ids: G-OTHER00000}}\ntags: {ga4: {}}", HIT)
    assert [(each.kind.part, each.kind.name) for each in compare(old, new)] == [
        ("claimed by", "web → nobody"),
        ("reply", "204 → 400"),
        ("sent", "there is no such event"),
    ]
    assert [each.kind.how for each in compare(new, old)] == [CHANGED, CHANGED, ADDED]


@pytest.mark.parametrize(
    ("old", "new", "how"),
    [
        ("", "{o: {triggers: purchases, key: a}}", ADDED),
        ("{o: {triggers: purchases, key: a}}", "", REMOVED),
        ("{o: {triggers: purchases, key: a}}", "{o: {triggers: purchases, key: b}}", CHANGED),
        ("{o: {triggers: purchases, key: a}}", "{o: {triggers: purchases, key: a, window: 1d}}", CHANGED),
    ],
)
def test_that_an_event_counts_once_is_told_though_one_alone_is_sent_either_way(run: Run, old: str, new: str, how: How) -> None:
    pair = (run(f"tags: {{ga4: {{}}}}\ndeduplicate: {rules}", HIT) for rules in (old, new))
    assert [each.kind for each in compare(*pair)] == [DifferenceKind("ga4", "deduplicate", "", how)]


def test_events_of_a_batch_are_compared_each_with_itself(run: Run) -> None:
    hit = Hit("POST", "/g/collect?v=2&tid=G-ABC1234567&cid=1.2&dt=Shoes", (), b"en=purchase\r\nen=other\r\nen=purchase")
    old = run("tags: {ga4: {event_name: {purchase: bought}}}", hit)
    new = run("tags: {ga4: {event_name: {purchase: bought}, triggers: purchases, parameters: {set: {page_title: Cart}}}}", hit)
    assert [(each.kind.part, each.kind.name, each.before, each.after) for each in compare(old, new)] == [
        ("query", "dt", "Shoes", "Cart"),
        ("sent", "no trigger matched (purchases)", f"POST {GA4} other", UNDEFINED),
        ("query", "dt", "Shoes", "Cart"),
    ]
