"""Ids, wherever a payload has them: each is an id, and neither a whole cookie nor an e-mail address."""

from __future__ import annotations

from typing import Any

from wire.cookies.ids import IdKind, client_id_in, id_in, is_plain, session_in
from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.validator.findings import Findings


def check_id(found: Findings, path: str, value: Any) -> None:
    """The id of a visitor, of a user or of an app's instance, if it is a text."""
    if not isinstance(value, str) or is_plain(value):
        return
    id = client_id_in(value) if path.endswith("client_id") else id_in(value)
    if id.kind is IdKind.COOKIE:
        found.add(Check.ID_IS_A_COOKIE, path=path, v=id.text)
    elif id.kind is IdKind.EMAIL:
        found.add(Check.ID_IS_AN_EMAIL, path=path)


def check_session(found: Findings, path: str, value: Any, letter: str) -> None:
    """A session's id (``letter`` s) or number (o), if it is a text."""
    session = session_in(value) if isinstance(value, str) and not value.isdigit() else None
    if session and letter in session:
        found.add(Check.ID_IS_A_COOKIE, path=path, v=session[letter])
