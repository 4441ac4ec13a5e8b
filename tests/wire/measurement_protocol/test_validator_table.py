"""Every check of the validator, with the request that fails it and the literal message."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from core.types import Finding
from tests.wire.measurement_protocol.validator_cases import CASES, NOW, B, Case, web
from wire.measurement_protocol.validator import validate


def body(payload: Any) -> bytes:
    return payload if isinstance(payload, bytes) else orjson.dumps(payload)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_each_check_finds_exactly_what_it_is_for(case: Case) -> None:
    _, query, payload, when, path, code, text = case
    expected = [Finding(path, text, code)]
    assert validate(query, body(payload), NOW, "ENFORCE_RECOMMENDATIONS") == expected
    assert validate(query, body(payload), NOW, "RELAXED") == (expected if when == B else [])


def test_every_check_has_a_case() -> None:
    assert {int(name.split()[0]) for name, *_ in CASES} == set(range(1, 71))


def test_the_messages_come_in_the_order_of_the_table() -> None:
    wrong = web(
        user_properties={"_": {}},
        events=[{"name": "error", "params": {"currency": "x", "a-b": 1}}, {"name": "1-2"}, {}],
    )
    found = [finding.code for finding in validate({}, body(wrong), NOW)]
    assert found == [
        "VALUE_REQUIRED",  # 1
        "VALUE_REQUIRED",  # 2
        "NAME_INVALID",  # 17
        "NAME_RESERVED",  # 19
        "VALUE_REQUIRED",  # 20
        "VALUE_REQUIRED",  # 35
        "NAME_INVALID",  # 36
        "NAME_INVALID",  # 37
        "NAME_RESERVED",  # 39
        "NAME_INVALID",  # 42
        "VALUE_INVALID",  # 50
    ]
