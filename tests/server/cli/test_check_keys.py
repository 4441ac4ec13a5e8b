"""What ``tagyard check`` says of a service account's key file that is none, and what it shows of it: nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli.main import main

CANARY = "canary-5f1d"
FILE = """
clients: {ga4: {measurement_ids: [G-TEST00001]}}
tags: {hook: {type: http_request, url: 'https://x.example/', auth: {type: google_service_account, key: '${KEY}', scope: s}}}
"""


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (CANARY, "is no key file of a service account: it has no client_email and no private_key; give its whole text"),
        (f'{{"client_email": "{CANARY}"}}', "is no key file of a service account: it has no private_key; give its whole text"),
        (
            f'{{"client_email": "a", "private_key": "{CANARY}", "token_uri": "nowhere"}}',
            "is a key file whose token_uri must begin with http:// or https:// and a host",
        ),
    ],
)
def test_a_key_file_that_is_none_is_told_and_not_shown(tmp_path: Path, key: str, why: str) -> None:
    file = tmp_path / "container.yaml"
    file.write_text(FILE)
    result = CliRunner().invoke(main, ["check", str(file)], env={"KEY": key})
    assert result.exit_code == 1
    assert why in result.output
    assert CANARY not in result.output


def test_a_key_that_is_not_there_yet_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "container.yaml"
    file.write_text(FILE)
    result = CliRunner().invoke(main, ["check", str(file)], env={"KEY": None})
    assert (result.exit_code, "will need this secret in its environment: KEY" in result.output) == (0, True)
