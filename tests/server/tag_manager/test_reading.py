"""From bytes to entities: what is read, in either spelling, and what is refused in one line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.tag_manager.export import Entity, folded, row_text, text_of, value_of
from server.tag_manager.reading import DEEPEST, LARGEST, ExportError, read

CONTAINER = {"publicId": "GTM-EX0", "usageContext": ["SERVER"]}


def refused(found: Any) -> str:
    """What is said of this JSON."""
    with pytest.raises(ExportError) as raised:
        read(found if isinstance(found, bytes) else json.dumps(found).encode())
    return str(raised.value)


def version(**lists: Any) -> Any:
    """A version with these lists."""
    return {"containerVersion": {"containerVersionId": "3", "container": CONTAINER, **lists}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not JSON: line 1, column 1: Expecting value"),
        (b"{", "is not JSON: line 1, column 2: Expecting property name enclosed in double quotes"),
        (b'{"a": 1}\n x', "is not JSON: line 2, column 2: Extra data"),
        (b"\xff\xfe{\x00}\x00", "is not UTF-8"),
        (b"{\x00}\x00", "is not UTF-8"),
        (b"\x80", "is not UTF-8"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "is nested too deeply"),
        (b" " * (LARGEST + 1), "is larger than 16 MiB; exports of Tag Manager are not"),
    ],
)
def test_what_is_no_json_is_refused(data: bytes, message: str) -> None:
    assert refused(data) == message


NO_CONTAINER = (
    "is JSON, but not the export of a container: there is no `container` in it. In Tag Manager: Admin, Export Container"
)


@pytest.mark.parametrize(
    "found",
    [
        None,
        1,
        "text",
        [],
        {},
        {"containerVersion": None},
        {"containerVersion": []},
        {"containerVersion": {}},
        {"container": None},
        {"container": []},
        {"container": "GTM-EX0"},
        {"containerVersion": {"tag": []}, "container": CONTAINER},
    ],
)
def test_json_without_a_container_is_no_export(found: Any) -> None:
    assert refused(found) == NO_CONTAINER


@pytest.mark.parametrize(
    ("contexts", "message"),
    [
        (
            ["WEB"],
            "is the export of a web container, and only a server container can be imported; "
            "the web container stays in Tag Manager and sends its hits here",
        ),
        (
            ["web"],
            "is the export of a web container, and only a server container can be imported; "
            "the web container stays in Tag Manager and sends its hits here",
        ),
        (["AMP"], "is the export of an AMP container, and only a server container can be imported"),
        (["ANDROID"], "is the export of a mobile app container, and only a server container can be imported"),
        (["IOS"], "is the export of a mobile app container, and only a server container can be imported"),
        (["ANDROID_SDK_5"], "is the export of a mobile app container, and only a server container can be imported"),
        (["iosSdk5"], "is the export of a mobile app container, and only a server container can be imported"),
        (["TOASTER"], "is the export of another container, and only a server container can be imported"),
        ([], "is the export of another container, and only a server container can be imported"),
        (None, "is the export of another container, and only a server container can be imported"),
        ("SERVER", "is the export of another container, and only a server container can be imported"),
    ],
)
def test_a_container_of_another_kind_is_named(contexts: Any, message: str) -> None:
    assert refused({"containerVersion": {"container": {"usageContext": contexts}}}) == message


@pytest.mark.parametrize("contexts", [["SERVER"], ["server"], ["WEB", "SERVER"]])
def test_a_server_container_says_that_it_is_one(contexts: Any) -> None:
    assert read(json.dumps({"container": {"usageContext": contexts}}).encode()).entities == []


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        ({"tag": {}}, "cannot be read: its `tag` is not a list"),
        ({"trigger": "x"}, "cannot be read: its `trigger` is not a list"),
        ({"folder": 5}, "cannot be read: its `folder` is not a list"),
        ({"tag": [{"name": "a", "type": "x"}, 5]}, "cannot be read: tag 2 is no object"),
        ({"tag": [{"type": "x"}]}, "cannot be read: tag 1 has no name"),
        ({"variable": [{"name": "a"}]}, "cannot be read: variable 1 has no type"),
        ({"builtInVariable": [{"name": "a"}]}, "cannot be read: built_in 1 has no type"),
        ({"customTemplate": [{}]}, "cannot be read: template 1 has no name"),
    ],
)
def test_an_entity_that_is_none_is_named_by_kind_and_number(lists: Any, message: str) -> None:
    assert refused(version(**lists)) == message


def test_lists_may_be_missing_or_null() -> None:
    assert read(json.dumps(version(tag=None, trigger=[])).encode()).entities == []


def test_entities_stand_in_the_order_of_the_report_whatever_the_order_of_the_export() -> None:
    found = version(
        folder=[{"folderId": "1", "name": "f"}],
        variable=[{"variableId": "9", "name": "v", "type": "c"}],
        tag=[{"tagId": "2", "name": "t", "type": "x"}, {"tagId": "1", "name": "u", "type": "x"}],
        client=[{"clientId": "3", "name": "c", "type": "x"}],
        builtInVariable=[{"name": "b", "type": "EVENT_NAME"}],
    )
    entities = read(json.dumps(found).encode()).entities
    assert [(each.kind, each.id, each.name) for each in entities] == [
        ("client", "3", "c"),
        ("tag", "2", "t"),
        ("tag", "1", "u"),
        ("variable", "9", "v"),
        ("built_in", "EVENT_NAME", "b"),
        ("folder", "1", "f"),
    ]


def test_lists_that_nobody_knows_are_entities_too() -> None:
    found = version(newThing=[{"name": "n", "newThingId": "4"}, 5, {}], destination=[{"name": "d", "type": "x"}], fingerprint="1")
    entities = read(json.dumps(found).encode()).entities
    assert [(each.kind, each.id, each.name) for each in entities] == [
        ("destination", "1", "d"),
        ("new_thing", "4", "n"),
        ("new_thing", "2", ""),
        ("new_thing", "3", ""),
    ]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ({"type": "TEMPLATE", "value": "a"}, "a"),
        ({"type": "template", "value": "a"}, "a"),
        ({"type": "TEMPLATE"}, ""),
        ({"type": "TEMPLATE", "value": None}, ""),
        ({"type": "TEMPLATE", "value": 5}, "5"),
        ({"type": "INTEGER", "value": "5"}, "5"),
        ({"type": "BOOLEAN", "value": "true"}, True),
        ({"type": "boolean", "value": "true"}, True),
        ({"type": "BOOLEAN", "value": True}, True),
        ({"type": "BOOLEAN", "value": "false"}, False),
        ({"type": "BOOLEAN", "value": "{{x}}"}, False),
        ({"type": "BOOLEAN"}, False),
        ({"type": "LIST"}, []),
        ({"type": "LIST", "list": [{"type": "TEMPLATE", "value": "a"}, 5]}, ["a"]),
        ({"type": "MAP"}, {}),
        ({"type": "MAP", "map": [{"type": "TEMPLATE", "key": "k", "value": "v"}, {"value": "no key"}]}, {"k": "v"}),
        ({"type": "tagReference", "value": "GA4"}, "GA4"),
        ({}, ""),
    ],
)
def test_a_parameter_is_a_plain_value(parameter: Any, value: Any) -> None:
    assert value_of(parameter) == value


@pytest.mark.parametrize(
    ("word", "same"),
    [("CUSTOM_EVENT", "customevent"), ("customEvent", "customevent"), ("ONCE_PER_EVENT", "onceperevent"), ("", "")],
)
def test_both_spellings_of_a_word_are_one(word: str, same: str) -> None:
    assert folded(word) == same


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (None, ""),
        (True, "true"),
        (False, "false"),
        (5, "5"),
        (1.5, "1.5"),
        ([1], ""),
        ({}, ""),
        ("half \ud800 a character", "half ??? a character"),
        ("nul \0", "nul \ufffd"),
    ],
)
def test_a_scalar_is_a_text(value: Any, text: str) -> None:
    assert text_of(value).replace("\ufffd\ufffd\ufffd", "???") == text


def test_an_entity_answers_for_what_it_lacks() -> None:
    entity = Entity(
        "tag", "1", "t", "x", {"a": "b", "flag": "true", "list": ["x", {"k": "v"}]}, {"ids": [1, "2"], "objects": [{}, 5]}
    )
    assert entity.text("gone") == entity.text("list") == ""
    assert entity.flag("flag")
    assert not entity.flag("gone")
    assert entity.flag("gone", missing=True)
    assert entity.rows("list") == [{"k": "v"}]
    assert entity.rows("a") == entity.rows("gone") == []
    assert entity.ids("ids") == ["1", "2"]
    assert entity.ids("gone") == []
    assert entity.objects("objects") == [{}]
    assert entity.field("gone") == ""
    assert row_text({"a": True, "b": "c"}, "a", "b") == "c"
    assert row_text({}, "a") == ""


@pytest.mark.parametrize(
    ("given", "warnings"),
    [
        ({"exportFormatVersion": 2}, []),
        ({"exportFormatVersion": "2"}, []),
        ({}, []),
        ({"exportFormatVersion": 3}, ["its exportFormatVersion is 3, and 2 is known: look at what comes of it"]),
        ({"exportFormatVersion": None}, ["its exportFormatVersion is none, and 2 is known: look at what comes of it"]),
    ],
)
def test_another_format_is_warned_of(given: Any, warnings: list[str]) -> None:
    assert read(json.dumps({**version(), **given}).encode()).warnings == warnings


def test_numbers_of_any_length_are_no_fault() -> None:
    digits = b"9" * 5000
    data = json.dumps(version()).encode().replace(b'"3"', digits)
    assert read(data).version == "inf"
