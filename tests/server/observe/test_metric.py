"""A counter is declared once: its metric, what a worker tells of it, and its words follow from its field."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.observe.counters import Counters
from server.observe.durations import Durations
from server.observe.metric import QuickCounter, Section, at, counter, histogram, metrics_of, number, rows_of, words_of
from server.observe.metrics import METRICS
from server.observe.refused_pages import RefusedPages
from server.observe.traffic import Traffic

LABELS = st.text(max_size=8)


@dataclass(slots=True, eq=False)
class Table:
    by_tag: Counter[str] = counter(Section.EVENTS, "tagyard_test_total", ("tag",), "A.")
    by_two: Counter[tuple[str, int]] = counter(Section.EVENTS, "tagyard_test_pairs_total", ("tag", "status"), "B.")
    plain: int = number(Section.EVENTS, "tagyard_test_plain_total", "C.")
    took: Durations = histogram(Section.EVENTS, "tagyard_test_seconds", (), "D.", (10, 100))


def test_a_field_is_all_that_a_counter_needs() -> None:
    table = Table()
    table.by_tag["ga4"] += 2
    table.by_two["ga4", 204] += 1
    table.plain += 3
    table.took.add(50)
    snapshot = json.loads(json.dumps({"counts": rows_of(table)}))
    told = {metric.name: (metric.kind, list(metric.read(snapshot))) for metric in metrics_of(Table)}
    assert told == {
        "tagyard_test_total": ("counter", [["ga4", 2]]),
        "tagyard_test_pairs_total": ("counter", [["ga4", 204, 1]]),
        "tagyard_test_plain_total": ("counter", [[3]]),
        "tagyard_test_seconds": ("histogram", [[{"buckets": [0, 1, 0], "sum": 50}]]),
    }
    assert words_of(table) == {"by_tag": {"ga4": 2}, "by_two": {"ga4: 204": 1}, "plain": 3}


def test_two_tables_of_one_kind_share_no_number() -> None:
    first, second = Table(), Table()
    first.by_tag["ga4"] += 1
    first.took.add(1)
    assert (second.by_tag, second.took.buckets) == ({}, [0, 0, 0])


@given(st.dictionaries(st.tuples(LABELS, st.integers(100, 599)), st.integers(1, 1 << 60)))
def test_what_is_counted_survives_the_socket(counted: dict[tuple[str, int], int]) -> None:
    table = Table()
    table.by_two.update(counted)
    (metric,) = (each for each in metrics_of(Table) if each.labels == ("tag", "status"))
    rows = metric.read(json.loads(json.dumps({"counts": rows_of(table)})))
    assert {(tag, status): count for tag, status, count in rows} == counted


@pytest.mark.parametrize("table", [Counters, RefusedPages, Traffic])
def test_what_is_declared_is_exposed(table: type[Any]) -> None:
    assert {metric.name for metric in metrics_of(table)} <= {metric.name for metric in METRICS}
    undeclared = [
        each.name for each in fields(table) if each.default_factory in (Counter, QuickCounter, int) and not each.metadata
    ]
    assert undeclared == (["claimed"] if table is Counters else [])


@pytest.mark.parametrize(
    ("told", "rows"),
    [
        (7, [[7]]),
        (0, [[0]]),
        ({"ga4": 2, "ads": 1}, [["ga4", 2], ["ads", 1]]),
        ({"ga4": {"late": 2, "odd": 3}, "ads": {}}, [["ga4", "late", 2], ["ga4", "odd", 3]]),
        ([["a", "b", 2]], [["a", "b", 2]]),
        ({}, []),
        (None, []),
    ],
)
def test_what_stands_somewhere_is_read_in_each_of_its_forms(told: object, rows: list[list[object]]) -> None:
    assert [list(row) for row in at("here.below")({"here": {"below": told}})] == rows
    assert list(at("here.below")({})) == list(at("here.below")({"here": None})) == []
