"""``tagyard try``: one event through one tag, to a platform that listens, and what that says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from server.cli.main import main
from tests.vendors.meta import TOKEN, Meta

EVENT = {
    "event_name": "purchase",
    "transaction_id": "T-1",
    "value": 3,
    "currency": "EUR",
    "page_location": "https://shop.example/",
    "user_data": {"email": "sam.roe@example.com"},
}


@pytest.fixture
def meta() -> Iterator[Meta]:
    """The platform."""
    platform = Meta()
    with platform:
        yield platform


def tried(folder: Path, meta: Meta, *options: str, event: Any = EVENT, **more: Any) -> Result:
    tag = {**meta.settings(), "access_token": "${TOKEN}", **more}
    file = folder / "container.yaml"
    file.write_text(f"clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}\ntags: {{meta: {json.dumps(tag)}}}\n")
    arguments = ["try", "meta", str(file), "--event", json.dumps(event), *options]
    return CliRunner().invoke(main, arguments, env={"TOKEN": TOKEN}, catch_exceptions=False)


def test_what_a_vendor_takes_is_told_with_its_answer_and_without_the_secret(tmp_path: Path, meta: Meta) -> None:
    result = tried(tmp_path, meta, test="TEST1")
    assert (result.exit_code, set(meta.taken)) == (0, {"T-1"})
    printed = result.output
    assert f"POST {meta.url}/v25.0/123456789012345/events?access_token=***" in printed
    assert '"test_event_code":"TEST1"' in printed
    assert '"events_received": 1' in printed
    assert printed.splitlines()[-1] == "delivered"
    assert TOKEN not in printed


def test_what_it_refuses_is_told_in_its_words(tmp_path: Path, meta: Meta) -> None:
    result = tried(tmp_path, meta, test="TEST1", event={**EVENT, "transaction_id": "T-7"})
    assert (result.exit_code, result.output.splitlines()[-1]) == (1, "refused: HTTP 400: code 100 no")


def test_a_credential_that_is_refused_would_be_tried_again(tmp_path: Path, meta: Meta) -> None:
    meta.trouble = meta.bad_token()
    result = tried(tmp_path, meta, test="TEST1")
    told = "the destination refuses our credential: HTTP 400: code 190 no; the event would be tried again"
    assert (result.exit_code, result.output.splitlines()[-1]) == (1, told)


def test_what_its_vendor_takes_no_more_is_not_sent_but_told(tmp_path: Path, meta: Meta) -> None:
    result = tried(tmp_path, meta, test="TEST1", event={**EVENT, "x-mp-timestamp_micros": 1_700_000_000_000_000})
    assert (result.exit_code, meta.requests) == (1, 0)
    assert "meta gives this event up before it is sent: Meta takes nothing older than 7 days" in result.output


def test_what_would_count_is_sent_only_where_that_is_said(tmp_path: Path, meta: Meta) -> None:
    result = tried(tmp_path, meta)
    assert (result.exit_code, meta.requests) == (1, 0)
    assert "meta is not in a test mode" in result.output
    assert tried(tmp_path, meta, "--for-real").exit_code == 0


def test_nobody_who_answers_is_told(tmp_path: Path, meta: Meta) -> None:
    result = tried(tmp_path, meta, test="TEST1", endpoint="http://127.0.0.1:9")
    assert result.exit_code == 1
    assert "it would be tried again: " in result.output


@pytest.mark.parametrize(
    ("event", "told"),
    [("[]", "must be a JSON object"), ("{", "--event is not JSON"), ('{"value": 1}', "sends nothing for this event")],
)
def test_an_event_that_is_none(tmp_path: Path, meta: Meta, event: str, told: str) -> None:
    tried(tmp_path, meta, test="TEST1")
    arguments = ["try", "meta", str(tmp_path / "container.yaml"), "--event", event]
    result = CliRunner().invoke(main, arguments, env={"TOKEN": TOKEN})
    assert (result.exit_code, told in result.output) == (1, True)


def test_a_tag_that_is_not_there(tmp_path: Path, meta: Meta) -> None:
    tried(tmp_path, meta)
    arguments = ["try", "tiktok", str(tmp_path / "container.yaml"), "--event", "{}"]
    result = CliRunner().invoke(main, arguments, env={"TOKEN": TOKEN})
    assert "there is no tag tiktok; there is meta" in result.output


def test_a_token_that_is_written_into_the_file_is_not_printed(tmp_path: Path, meta: Meta) -> None:
    result = tried(tmp_path, meta, test="TEST1", access_token=TOKEN)
    assert result.exit_code == 0
    assert TOKEN not in result.output
