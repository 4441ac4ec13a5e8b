"""What ``check`` says of a redaction that would take ids for something about a person."""

from __future__ import annotations

import pytest

from config import SourceFile, load
from core.registry import installed

AROUND = "clients: {ga4: {measurement_ids: [G-ABC1234567]}}\ntags: {ga4: {}}\n"


def said(redact: str) -> list[str]:
    text = f"{AROUND}transformations:\n  no_names: {{type: redact, {redact}}}\n"
    loaded = load([SourceFile("a.yaml", text.encode())], registry=installed(), environ={}, read=lambda _: b"", serve=False)
    assert loaded.settings is not None
    return [str(problem) for problem in loaded.problems]


@pytest.mark.parametrize(
    ("redact", "warning"),
    [
        (
            "patterns: [email, phone], phone_in_ids: true",
            "a.yaml:4:54: transformations.no_names.phone_in_ids: makes one of all article and order numbers that look like "
            "telephone numbers, such as 0815-47110",
        ),
        (
            r"patterns: {match: '\+?\d[\d -]{6,}\d'}",
            r"a.yaml:4:28: transformations.no_names.patterns: '\\+?\\d[\\d -]{6,}\\d' finds something in ids too, such as "
            "client_id 1307714608.1760043792: "
            "`except_parameters` takes client_id, ga_session_id, transaction_id, items.item_id out of it",
        ),
        (
            r"patterns: [phone, {match: '0\d{3}-\d{5}'}], except_parameters: [user_data, transaction_id]",
            r"a.yaml:4:28: transformations.no_names.patterns: '0\\d{3}-\\d{5}' finds something in ids too, such as items.item_id "
            "0815-47110: `except_parameters` takes items.item_id out of it",
        ),
    ],
)
def test_what_would_take_ids_for_telephone_numbers_is_warned_of(redact: str, warning: str) -> None:
    assert said(redact) == [warning]


@pytest.mark.parametrize(
    "redact",
    [
        "patterns: [email, phone]",
        "patterns: [email, phone], phone_in_ids: false",
        "patterns: email, phone_in_ids: true",
        r"patterns: {match: 'card \d{16}'}",
        r"patterns: {match: '\bC-\d{6}\b'}",
        r"patterns: {match: '\d{6}'}, except_parameters: [client_id, ga_session_*, transaction_id, items]",
        r"patterns: {match: '\d{6}'}, except_parameters: '*'",
        "query_parameters: token",
    ],
)
def test_what_leaves_ids_alone_is_not(redact: str) -> None:
    assert said(redact) == []
