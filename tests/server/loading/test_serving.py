"""A configuration in force knows every secret of its own, and makes what is shown only when somebody looks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from config.assembly import Assembled
from tests.server.in_force import EMPTY
from tests.server.inspection.conftest import SECRETS, Desk

INLINE = """
clients: {web: {type: ga4, measurement_ids: [G-ABC1234567]}}
tags:
  ga4: {measurement_id: G-ABC1234567, api_secret: written-into-the-file}
  hook: {type: http_request, url: "https://hook.example/", headers: {X-Key: "${HOOK_KEY}"}}
"""


def test_secrets_are_those_of_the_environment_and_those_written_into_the_file(tmp_path: Path) -> None:
    assert Desk(tmp_path, INLINE).serving.secret_values == {"written-into-the-file", SECRETS["HOOK_KEY"]}


def test_the_masked_container_is_made_once_and_not_before_somebody_looks() -> None:
    made: list[Assembled] = []

    def masked() -> Assembled:
        made.append(EMPTY.assembled)
        return EMPTY.assembled

    serving = replace(EMPTY, masked=masked)
    assert made == []
    assert serving.masked_tags is serving.masked_tags is EMPTY.assembled.tags
    assert len(made) == 1
