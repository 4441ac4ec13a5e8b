from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.depth import MOST_LEVELS
from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.document import MOST_BYTES, Document, read


def test_a_payload() -> None:
    assert read(b'{"a":{"b":[1]}}') == Document(15, {"a": {"b": [1]}})


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "The body is empty."),
        (b"\r\n ", "The body is empty."),
        (b"null", "It is not a JSON object."),
        (b'"a"', "It is not a JSON object."),
        (b"[" * 2000 + b"]" * 2000, "It is not JSON: Recursion limit reached: line 1 column 1025 (char 1024)."),
    ],
)
def test_what_is_no_payload(body: bytes, problem: str) -> None:
    found = read(body)
    assert found.payload is None
    assert found.problem.casefold().split(":")[0] == problem.casefold().split(":")[0]


FAULTS = {
    b'{"a":NaN}': (Check.NO_NUMBER, "NaN is no JSON number; leave the field out: line 1 column 6 (char 5)."),
    b'{"a":[1,-Infinity]}': (Check.NO_NUMBER, "-Infinity is no JSON number; leave the field out: line 1 column 10 (char 9)."),
    b'{"a":nan}': (Check.NO_NUMBER, "nan is no JSON number; leave the field out: line 1 column 6 (char 5)."),
    b'{"a":1e999,"b":NaN}': (Check.NO_NUMBER, "NaN is no JSON number; leave the field out: line 1 column 16 (char 15)."),
    b'{"client_id":"1307714608.1760043792","city":"K\xf6ln"}': (Check.NOT_UTF8, "It is not UTF-8: byte 0xF6 at 46."),
    b'{"a":"\xed\xa0\x80"}': (Check.NOT_UTF8, "It is not UTF-8: byte 0xED at 6."),
    '{"a":1}'.encode("utf-16"): (Check.NOT_UTF8, "It is UTF-16; send it as UTF-8."),
    '{"a":1}'.encode("utf-16-be"): (Check.NOT_UTF8, "It is UTF-16; send it as UTF-8."),
    b'{"a":"x\\ud83d y"}': (
        Check.LONE_SURROGATE,
        "\\ud83d is half a surrogate pair, no character: line 1 column 8 (char 7).",
    ),
    b'{"a":"\\ud83d\\ude00\\ude00"}': (
        Check.LONE_SURROGATE,
        "\\ude00 is half a surrogate pair, no character: line 1 column 19 (char 18).",
    ),
    b'{"a":1e999,"b":"\\ud83d"}': (
        Check.LONE_SURROGATE,
        "\\ud83d is half a surrogate pair, no character: line 1 column 1 (char 0).",
    ),
    b'{"a":1,}': (Check.NOT_A_PAYLOAD, "JSON has no comma after the last of a list or an object: line 1 column 7 (char 6)."),
    b"{'a':1}": (Check.NOT_A_PAYLOAD, "JSON's texts and names stand in \" and not in ': line 1 column 2 (char 1)."),
    b'{"a":1 /* one */}': (Check.NOT_A_PAYLOAD, "JSON has no comments (/*): line 1 column 8 (char 7)."),
    b'{"a":undefined}': (
        Check.NOT_A_PAYLOAD,
        "undefined is no JSON value; write null, or leave the field out: line 1 column 6 (char 5).",
    ),
    b'{"a":True}': (
        Check.NOT_A_PAYLOAD,
        "True is no JSON value; write true or false in small letters: line 1 column 6 (char 5).",
    ),
    b'{"a":1}\n{"a":2}': (
        Check.NOT_A_PAYLOAD,
        "Something stands behind the JSON object; send one payload in a request: line 2 column 1 (char 8).",
    ),
    b'{"a":"x': (Check.NOT_A_PAYLOAD, "It is not JSON: unexpected end of data: line 1 column 8 (char 7)."),
    b"v=1&cid=5": (Check.NOT_A_PAYLOAD, "It is not JSON but looks like a form (name=value); send a JSON object."),
    b"\x1f\x8b\x08\x00": (
        Check.NOT_A_PAYLOAD,
        "It is compressed with gzip; send the header Content-Encoding: gzip with it.",
    ),
}


@pytest.mark.parametrize("body", FAULTS)
def test_what_is_no_json_is_refused_by_name(body: bytes) -> None:
    found = read(body)
    assert found.payloads == ()
    assert found.fault == FAULTS[body]


def test_a_byte_order_mark_is_skipped() -> None:
    assert read(b'\xef\xbb\xbf{"a":1}').payload == {"a": 1}
    assert read(b"\xef\xbb\xbf").problem == "The body is empty."


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def test_the_levels_are_limited() -> None:
    assert read(nested(MOST_LEVELS)).payload is not None
    assert read(nested(MOST_LEVELS + 1)).problem == "It has more than 32 levels of objects and lists."
    assert read(b'{"a":' + b"[" * MOST_LEVELS + b"]" * MOST_LEVELS + b"}").payload is None


def test_many_objects_beside_each_other_are_not_deep() -> None:
    assert read(b'{"a":[' + b",".join([b"{}"] * 500) + b"]}").payload is not None


@pytest.mark.parametrize(
    ("body", "repeated"),
    [
        (b'{"a":1,"a":2}', [("", "a")]),
        (b'{"a":1,"a":2,"a":3,"b":1,"b":1}', [("", "a"), ("", "b")]),
        (b'{"a":{"b":[{},{"c":1,"c":1}]}}', [("a.b[1]", "c")]),
        (b'{"a":{"b":1,"b":2},"c":1,"c":1}', [("", "c"), ("a", "b")]),
        (b'{"a":1,"\\u0061":2}', [("", "a")]),
        (b'{"a":1,"a":1,"b":"\\u003a"}', [("", "a")]),
        (b'{"a":1,"a":1,"b":"\\u003A"}', [("", "a")]),
        (b'{"a":"x:y","b":":::","c":"\\":\\""}', []),
        (b'{"a":"\\u003cb\\u003e"}', []),
        (b'{"a":1' + b"0" * 300 + b',"a":1}', [("", "a")]),
        (b'{"' + b"k" * 500 + b'":{"a":1,"a":1}}', [("k" * 100, "a")]),
    ],
)
def test_repeated_names_are_told_with_their_place(body: bytes, repeated: list[tuple[str, str]]) -> None:
    assert list(read(body).repeated) == repeated


def test_the_last_of_a_repeated_name_counts() -> None:
    assert read(b'{"a":1,"a":2}').payload == {"a": 2}


def test_in_a_body_that_is_too_large_nobody_looks_for_them() -> None:
    assert read(b'{"a":1,"a":2}'.ljust(MOST_BYTES - 1)).repeated
    assert not read(b'{"a":1,"a":2}'.ljust(MOST_BYTES)).repeated


class Pairs(list[tuple[str, Any]]):
    """An object, in which a name may stand twice."""


def pairs(each: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(st.tuples(st.text("ab:", max_size=2), each), max_size=4).map(Pairs)


JSON = st.recursive(st.integers() | st.text(':\\<u03a"', max_size=4), lambda each: st.lists(each) | pairs(each), max_leaves=8)


def written(value: Any, ascii: bool) -> str:
    if isinstance(value, Pairs):
        return "{" + ",".join(f"{json.dumps(name)}:{written(inner, ascii)}" for name, inner in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(inner, ascii) for inner in value) + "]"
    return json.dumps(value).replace(":", "\\u003a" if ascii else ":")


def has_repetition(value: Any) -> bool:
    return any(repeats(each) for each in everything_in(value))


def repeats(value: Any) -> bool:
    return isinstance(value, Pairs) and len({name for name, _ in value}) < len(value)


def everything_in(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, list):
        for inner in [inner for _, inner in value] if isinstance(value, Pairs) else value:
            yield from everything_in(inner)


@settings(max_examples=200)
@given(pairs(JSON), st.booleans())
def test_no_repetition_is_missed_and_none_made_up(value: Pairs, ascii: bool) -> None:
    found = read(written(value, ascii).encode()).repeated
    assert bool(found) <= has_repetition(value)
    if repeats(value) or not has_repetition(value):
        assert bool(found) == has_repetition(value)
