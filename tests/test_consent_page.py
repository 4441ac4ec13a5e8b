"""What docs/consent.md says of the kinds of tags."""

from __future__ import annotations

import re
from pathlib import Path

from core.registry import installed

PAGE = Path("docs/consent.md").read_text(encoding="utf-8")


def test_it_names_the_tags_that_ask_for_consent_by_themselves() -> None:
    registry = installed()
    asked = {type: entry.load().Settings for type in registry.types("tag") if (entry := registry.find("tag", type))}
    defaults = {type: settings.model_fields["consent"].default for type, settings in asked.items()}
    (row,) = re.findall(r"^\| for advertising: (.+?) \| `\[(.+?)\]` \|$", PAGE, re.MULTILINE)
    assert {type for type, default in defaults.items() if default} == set(re.findall(r"`(\w+)`", row[0]))
    assert {tuple(default) for default in defaults.values()} == {(), tuple(row[1].split(", "))}
