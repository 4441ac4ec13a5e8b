"""Reads what a page's form sends: small, and nothing but fields of text."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request

LARGEST = 2 << 20
"""Bytes of a form: a pasted curl command with a body of 1 MiB fits."""
MOST_FIELDS = 5000
_MOST_DIGITS = 18


class TooLarge(Exception):
    """The form is larger than any that a page sends."""


class Form:
    """Fields by name; a field may come more than once."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def text(self, name: str, otherwise: str = "") -> str:
        """The field's first value."""
        return self._fields.get(name, [otherwise])[0]

    def all(self, name: str) -> list[str]:
        """Every value of the field."""
        return self._fields.get(name, [])


async def body_of(request: Request) -> bytes:
    """What a POST has sent. Raises TooLarge."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise TooLarge(f"the form is larger than {LARGEST >> 20} MiB")
    return bytes(body)


async def form(request: Request) -> Form:
    """The form of a POST. Raises TooLarge."""
    return read_form(await body_of(request))


def read_form(body: bytes) -> Form:
    """The fields of such a form. Raises TooLarge."""
    try:
        return Form(parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise TooLarge(f"the form has more than {MOST_FIELDS} fields") from None


def number(text: str) -> int | None:
    """A whole number, as a field or an address has it; None for what is none, or is larger than any that a page asks for."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
