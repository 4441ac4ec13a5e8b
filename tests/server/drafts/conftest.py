"""A configuration in force, and drafts of another one: what is answered, without a process."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from server.drafts.answers import Answer, Asked, Doing
from server.drafts.stream import read, written
from server.drafts.work import answered
from tests.server.inspection.conftest import FILE, Desk

TEST = """
tests:
  - name: a page view reaches GA4
    request: {url: "/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view"}
    sent: {ga4: [{query: {en: page_view}}]}
"""


class Editor:
    """Somebody who writes, beside the memory of a worker. Everything goes the way it goes between processes."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def recorded(self) -> list[Any]:
        """All of it, part by part."""
        found: list[Any] = []
        rest = None
        while True:
            part = self.desk.ask("recorded", **({} if rest is None else {"from": rest}))
            found += part["recorded"]
            rest = part.get("next")
            if rest is None:
                return found

    def asked(self, do: Doing) -> Asked:
        return {"do": do, "base": self.desk.ask("base")}

    def __call__(self, do: Doing, text: str) -> Answer:
        form = urlencode({"name": "container.yaml", "text": text}).encode()
        job = read(io.BytesIO(written(self.asked(do), form, self.recorded() if do == "diff" else ())))
        answer: Answer = json.loads(json.dumps(answered(job)))
        return answer


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    return Editor(Desk(tmp_path, FILE + TEST))


def problems(answer: Answer) -> list[str]:
    """As ``check`` says them."""
    return [f"{it['file']}:{it['line']}:{it['column']}: {it['path']}: {it['message']}" for it in answer["problems"]]


def mistakes(answer: Answer) -> list[str]:
    return [line for line, it in zip(problems(answer), answer["problems"], strict=True) if it["severity"] == "error"]
