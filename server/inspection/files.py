"""The files of the configuration as they are shown: with masks for every secret that is written into them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.nodes import scalars
from core.secret import MASK
from server.inspection.privacy import Privacy
from server.loading.serving import Serving

_BARE: Final = re.compile(rf"((?:^|[:,\[{{-])\s*){re.escape(MASK)}(?=\s*(?:[,\]}}]|$|\s#))")
"""A mask that stands as a value without quotes, which YAML would take for an alias."""


@dataclass(frozen=True, slots=True)
class MaskedFile:
    """Lines as YAML counts them, which are YAML still."""

    name: str
    lines: Sequence[str]


class Files:
    """Masks the files once for each configuration: it is asked for them again and again while somebody edits."""

    def __init__(self) -> None:
        self._known: tuple[Serving, Sequence[MaskedFile]] | None = None

    def of(self, serving: Serving) -> Sequence[MaskedFile]:
        """Those of this configuration, by the names that problems tell them by, without their folder."""
        if self._known is None or self._known[0] is not serving:
            privacy = written_privacy(serving)
            files = [MaskedFile(name_of(each.name), [_masked(line, privacy) for line in each.lines]) for each in serving.sources]
            self._known = serving, files
        return self._known[1]


def name_of(path: str) -> str:
    """The file's name as it is shown: the files of a folder all lie in it."""
    return Path(path).name


def written_privacy(serving: Serving) -> Privacy:
    """Masks what is secret wherever it stands in the files; ``${NAME}`` shows as it is written."""
    secrets = {*serving.secret_values, *_literals(serving)}
    return Privacy((text for secret in secrets for text in _in_yaml(secret)), reveal=True)


def _literals(serving: Serving) -> Iterator[str]:
    """What stands under a key that sounds like a secret, whoever reads that key."""
    if serving.document is None:
        return
    places = set(serving.document.report.masked)
    for _, scalar in scalars(serving.document.root):
        if scalar.place in places and "{{" not in scalar.text and MASK not in scalar.text:
            yield scalar.text


def _in_yaml(secret: str) -> list[str]:
    """How a line of the file may write the secret, or a part of it: with its quotes doubled, or over several lines."""
    return [secret, secret.replace("'", "''"), *secret.splitlines()]


def _masked(line: str, privacy: Privacy) -> str:
    shown = privacy.text(line)
    return line if shown == line else _BARE.sub(rf'\1"{MASK}"', shown)
