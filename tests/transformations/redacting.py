"""What redact makes of an event or a text, with settings as a file gives them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from core.component import Setup
from core.context import Context
from core.types import Request
from transformations.redact import Redact, RedactSettings

ALL = {"patterns": ["email", "phone"], "query_parameters": ["token", "utm_*"]}
CONTEXT = Context(Request("r", 0, "GET", "/"), "web", {})


def redact(**given: Any) -> Redact:
    return Redact(RedactSettings.model_validate(given), Setup())


def text_after(text: str, **given: Any) -> Any:
    return redact(**given).apply({"text": text}, CONTEXT)["text"]


def quoted(text: str, times: int) -> str:
    for _ in range(times):
        text = quote(text, safe="")
    return text
