"""Hits as they are stored, and the requests that carry them.

A stored event is the body that the tag maps: ``origin``, ``user_agent``, and the ``hit`` as the four texts of a Ready. Earlier
versions have stored its parameters instead, not yet encoded, by the place they travel in: ``shared``, ``hoistable``,
``own`` and ``request``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from core.types import OutboundRequest, Payload
from wire.ga4.assemble import LINE_END, Batch, Ready, assemble
from wire.ga4.encode import Encoded
from wire.ga4.pieces import joined
from wire.ga4.query import join, read
from wire.ga4.values import Text

Stored: TypeAlias = Mapping[str, Any]

HIT: Final = "hit"
_CONTENT_TYPE: Final = ("content-type", "text/plain;charset=UTF-8")
_CONTROL: Final = dict.fromkeys((*range(32), 127))
_COUNT: Final = "_s"
"""Of what belongs to the request this comes first, and the rest last."""


def stored(encoded: Encoded) -> list[Text]:
    """The hit as it is stored; uses up what is encoded."""
    shared, hoistable, own, request = encoded
    if _COUNT in request:
        shared[_COUNT] = request.pop(_COUNT)
    return [joined(shared.values()), joined(hoistable.values()), _own(own), joined(request.values())]


def _own(pieces: dict[str, Text]) -> Text:
    """Every line of a batch begins with the event's name."""
    name = pieces.pop("en", None)
    return joined(pieces.values() if name is None else (name, *pieces.values()))


def is_hit(event: Stored) -> bool:
    """Whether it is one: an event of an app is none."""
    return HIT in event or "shared" in event


def parameters(event: Stored) -> Mapping[str, str]:
    """The decoded parameters of a stored hit."""
    if HIT in event:
        query = "&".join(part for part in event[HIT] if part)
        return read(query, query.count("&") + 1).texts
    return {**event["shared"], **event["hoistable"], **event["own"], **event["request"]}


def requests(members: Iterable[tuple[int, Payload]], filled: Callable[[Payload], Stored]) -> list[OutboundRequest]:
    """One request for the events of one group that share what a batch shares, else one for each.

    ``members`` are payloads and their indices; ``filled`` gives the stored event with its secrets. Raises ValueError for
    an event of an app, which has no hit.
    """
    sent: list[OutboundRequest] = []
    for (_group, origin, agent), events in _alike(members, filled).items():
        batches = assemble(f"{origin}/g/collect", [event for _, event in events])
        sent += [_request(agent, batch, [at for at, _ in events]) for batch in batches]
    return sent


def _alike(
    members: Iterable[tuple[int, Payload]], filled: Callable[[Payload], Stored]
) -> dict[tuple[str, str, str], list[tuple[int, Ready]]]:
    """The events, each with its index, by group, origin and user agent."""
    alike: dict[tuple[str, str, str], list[tuple[int, Ready]]] = {}
    for at, payload in members:
        body = filled(payload)
        event = _ready(body)
        alike.setdefault((payload.group, body["origin"], body["user_agent"]), []).append((at, event))
    return alike


def _ready(event: Stored) -> Ready:
    if HIT in event:
        return Ready(*event[HIT])
    if not is_hit(event):
        raise ValueError("an event of an app can only leave by /mp/collect: give the tag its api_secret again")
    own, request = dict(event["own"]), dict(event["request"])
    name, count = {"en": own.pop("en", "")}, {key: request.pop(key) for key in [_COUNT] if key in request}
    return Ready(join({**event["shared"], **count}), join(event["hoistable"]), join({**name, **own}), join(request))


def _request(agent: str, batch: Batch, indices: Sequence[int]) -> OutboundRequest:
    headers = (("user-agent", _header_text(agent)),)
    return OutboundRequest(
        method="POST",
        url=batch.url,
        headers=(*headers, _CONTENT_TYPE) if batch.body else headers,
        body=batch.body.encode(),
        payloads=tuple([indices[member] for member in batch.members]),
    )


def lines(body: bytes) -> list[str]:
    """What each event of a request has for itself: the lines of the body; none where all of it is in the URL."""
    return body.decode("utf-8", "replace").split(LINE_END) if body else []


def _header_text(text: str) -> str:
    """One line of latin-1, as it came where it can be; other text as the bytes of its UTF-8."""
    if not text.isascii() and max(text) > "\xff":
        text = text.encode("utf-8", "replace").decode("latin-1")
    return text if text.isprintable() else text.translate(_CONTROL)
