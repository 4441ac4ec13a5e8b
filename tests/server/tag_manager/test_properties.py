"""What holds of every import, whatever the export says."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from config import SourceFile
from config.parse import parse
from config.problem import Report
from server.tag_manager.product import Imported, imported, mistakes
from server.tag_manager.reading import ExportError, read
from server.tag_manager.report import as_json, as_text
from tests.server.tag_manager import given as expected
from tests.server.tag_manager import some_exports

quick = settings(max_examples=25, deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))


def made(version: Any) -> Imported:
    return imported(read(json.dumps({"exportFormatVersion": 2, "containerVersion": version}).encode()))


def parsed(text: str) -> Any:
    report = Report()
    tree = parse(SourceFile("container.yaml", text.encode()), report)
    assert tree is not None, report.problems
    return tree


@quick
@given(some_exports.versions)
def test_the_file_passes_the_check_and_so_do_its_stubs_parse(version: Any) -> None:
    result = made(version)
    assert mistakes(result.text) == []
    parsed(expected.uncommented(result.text))


@quick
@given(some_exports.versions)
def test_other_readers_of_yaml_read_the_same(version: Any) -> None:
    text = made(version).text
    assert yaml.safe_load(text) == expected.values(text)


@quick
@given(some_exports.versions)
def test_every_entity_has_exactly_one_line_and_a_reason_unless_it_was_imported_whole(version: Any) -> None:
    report = made(version).report
    assert [id(each.entity) for each in report.outcomes] == [id(each) for each in report.export.entities]
    assert all(each.reasons for each in report.outcomes if each.status != "imported")
    assert sum(sum(counts.values()) for counts in report.counts().values()) == len(report.export.entities)


@quick
@given(some_exports.versions)
def test_the_report_can_be_printed_line_by_line(version: Any) -> None:
    report = made(version).report
    lines = list(as_text(report, "container.yaml"))
    assert all(line.isprintable() for line in lines)
    assert json.loads(json.dumps(as_json(report)))["counts"] == report.counts()


@quick
@given(some_exports.versions)
def test_the_same_export_gives_the_same_bytes_however_its_objects_are_ordered(version: Any) -> None:
    first, second, third = made(version), made(version), made(shuffled(version, random.Random(7)))
    assert first.text == second.text == third.text
    assert as_json(first.report) == as_json(second.report) == as_json(third.report)
    assert first.environment == third.environment


def shuffled(value: Any, by: random.Random) -> Any:
    """The same JSON, with the keys of every object in another order."""
    if isinstance(value, dict):
        pairs = [(key, shuffled(item, by)) for key, item in value.items()]
        by.shuffle(pairs)
        return dict(pairs)
    return [shuffled(item, by) for item in value] if isinstance(value, list) else value


@quick
@given(some_exports.json_values)
def test_any_json_is_an_export_or_refused_in_a_line(value: Any) -> None:
    for found in (value, {"containerVersion": value}, {"container": {"usageContext": ["SERVER"]}, "tag": value, "client": value}):
        told = outcome(found)
        assert "\n" not in told
        assert told


def outcome(found: Any) -> str:
    """Why the JSON is no export, or that what came of it passes the check."""
    try:
        result = imported(read(json.dumps(found).encode()))
    except ExportError as refused:
        return str(refused)
    return "passes" if mistakes(result.text) == [] else ""


@quick
@given(st.sampled_from(expected.NAMES), st.integers(0, 10**6), st.binary(max_size=3), st.integers(0, 3))
def test_any_bytes_are_an_export_or_refused_in_a_line(name: str, at: int, put: bytes, cut: int) -> None:
    data = (expected.EXPORTS / f"{name}.json").read_bytes()
    place = at % len(data)
    try:
        imported(read(data[:place] + put + data[place + cut :]))
    except ExportError as refused:
        told = str(refused)
    else:
        told = "imported"
    assert told.isprintable()


@quick
@given(st.sampled_from(expected.NAMES), st.integers(0, 10**6), some_exports.json_values)
def test_an_export_of_which_something_is_something_else_is_one_or_refused_in_a_line(name: str, at: int, value: Any) -> None:
    told = outcome(changed(json.loads((expected.EXPORTS / f"{name}.json").read_bytes()), at, value))
    assert told.isprintable()
    assert told


def changed(export: Any, at: int, value: Any) -> Any:
    """The export, with something in it replaced."""
    places = list(places_in(export))
    within, key = places[at % len(places)]
    within[key] = value
    return export


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Everything below: what it is in, and where."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(pairs):
        yield value, key
        yield from places_in(item)
