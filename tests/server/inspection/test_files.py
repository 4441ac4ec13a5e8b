"""Files as they are shown: secrets in them are masks, and what is left is YAML that means the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from server.inspection.files import Files, name_of
from tests.server.inspection.conftest import FILE, Desk

HOOK = """clients: {{ga4: {{}}}}
tags:
  hook:
    type: http_request
    url: https://hook.example/
    {auth}
"""


def shown(folder: Path, auth: str) -> list[str]:
    (file,) = Files().of(Desk(folder, HOOK.format(auth=auth)).serving)
    return list(file.lines)


@pytest.mark.parametrize(
    ("written", "masked"),
    [
        ("auth: {username: shop, password: canary-pass}", 'auth: {username: shop, password: "***"}'),
        ("auth: {password: canary-pass, username: shop}", 'auth: {password: "***", username: shop}'),
        ('auth: {username: shop, password: "canary-pass"}', 'auth: {username: shop, password: "***"}'),
        ("auth: {username: shop, password: 'canary-pass'}", "auth: {username: shop, password: '***'}"),
        (
            "auth: {username: shop, password: canary-pass} # not canary-pass!",
            'auth: {username: shop, password: "***"} # not ***!',
        ),
        ("headers: {Authorization: Bearer canary-pass-of-a-sender}", 'headers: {Authorization: "***"}'),
        ("headers: {X-Api-Key: canary-pass}", 'headers: {X-Api-Key: "***"}'),
        ('headers: {X-Plain: "*** is no secret"}', 'headers: {X-Plain: "*** is no secret"}'),
        ('headers: {Authorization: "Bearer ${HOOK_KEY}"}', 'headers: {Authorization: "Bearer ${HOOK_KEY}"}'),
    ],
)
def test_a_secret_in_a_line_is_masked_and_the_line_is_yaml_still(tmp_path: Path, written: str, masked: str) -> None:
    lines = shown(tmp_path, written)
    assert lines[5].strip() == masked
    before, after = yaml.safe_load(HOOK.format(auth=written)), yaml.safe_load("\n".join(lines))
    assert after["tags"]["hook"].keys() == before["tags"]["hook"].keys()
    assert "canary" not in "".join(lines)


def test_a_secret_over_several_lines_is_masked_in_each(tmp_path: Path) -> None:
    lines = shown(
        tmp_path, "auth:\n      username: shop\n      password: |\n        canary-one\n        canary-two\n    method: PUT"
    )
    assert [line.strip() for line in lines[7:11]] == ["password: |", "***", "***", "method: PUT"] or "canary" not in "".join(
        lines
    )
    assert yaml.safe_load("\n".join(lines))["tags"]["hook"]["method"] == "PUT"


def test_comments_that_look_like_masks_stay(tmp_path: Path) -> None:
    desk = Desk(tmp_path, f"# *** Tags ***\n{FILE}")
    assert Files().of(desk.serving)[0].lines[0] == "# *** Tags ***"


def test_the_files_of_a_folder_are_called_by_their_names(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (source,) = desk.serving.sources
    desk.serving = replace(desk.serving, sources=[replace(source, name=f"/etc/tagyard/{name}") for name in ("a.yaml", "b.yaml")])
    assert [file.name for file in Files().of(desk.serving)] == ["a.yaml", "b.yaml"]
    assert name_of("/etc/tagyard/a.yaml") == "a.yaml"


def test_files_are_masked_once_for_a_configuration(desk: Desk) -> None:
    files = Files()
    first = files.of(desk.serving)
    assert files.of(desk.serving) is first
    assert files.of(replace(desk.serving, since=1)) is not first
