"""From stored events to the requests that carry them as hits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from core.types import OutboundRequest, Payload
from wire.ga4.assemble import LINE_END, Batch, Ready, assemble

Stored: TypeAlias = Mapping[str, Any]

_CONTENT_TYPE: Final = ("content-type", "text/plain;charset=UTF-8")
_CONTROL: Final = dict.fromkeys((*range(32), 127))


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
        if "shared" not in body:
            raise ValueError("an event of an app can only leave by /mp/collect: give the tag its api_secret again")
        event = Ready(body["shared"], body["hoistable"], body["own"], body["request"])
        alike.setdefault((payload.group, body["origin"], body["user_agent"]), []).append((at, event))
    return alike


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
