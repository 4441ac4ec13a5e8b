"""Hits as they are stored, and the requests that carry them.

A stored event is the body that the tag maps: ``origin``, ``user_agent``, and the ``hit`` as the texts of a Ready. Earlier
versions have stored its parameters instead, not yet encoded, by the place they travel in: ``shared``, ``hoistable``,
``own`` and ``request``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, Final, TypeAlias

from core.context import Context
from core.secret import fill
from core.types import Event, OutboundRequest, Payload
from wire.ga4.assemble import LINE_END, LONGEST_URL, Batch, Ready, assemble
from wire.ga4.encode import encode, encode_alone, write_user_data
from wire.ga4.pieces import joined
from wire.ga4.query import escape, join, unescape
from wire.ga4.values import Text
from wire.ga4.written import NOTHING_WRITTEN, Written
from wire.headers import header_text

Stored: TypeAlias = Mapping[str, Any]

HIT: Final = "hit"
_PATH: Final = "/g/collect?"
_CONTENT_TYPE: Final = ("content-type", "text/plain;charset=UTF-8")
_COUNT: Final = "_s"
"""Of what belongs to the request this comes first, and the rest last."""


def stored(event: Event, written: Written, origin: str, hashes: Mapping[str, Any], *, untouched: bool = False) -> list[Text]:
    """The hit of an event as it is stored: all of it in one text, or the four parts where it may leave in a body.

    ``hashes`` are its hashed user data. ``untouched``: no transformation has made another event of it.
    """
    if written.alone and not hashes:
        came = written.whole(event) if untouched else None
        whole = joined(encode_alone(event, written) if came is None else ["v=2", *came])
        if isinstance(whole, str) and len(origin) + len(_PATH) + len(whole) <= LONGEST_URL:
            return [whole]
    encoded = encode(event, written)
    write_user_data(encoded, hashes)
    shared, hoistable, own, request = encoded
    if _COUNT in request:
        shared[_COUNT] = request.pop(_COUNT)
    return [joined(shared.values()), joined(hoistable.values()), _own(own), joined(request.values())]


def shared(event: Event, context: Context, origin: str, hashes: Mapping[str, Any]) -> list[Text]:
    """The same, made once for all tags that send this very version of the event to one origin. It is not to be changed.

    The original is written for each of them: what changes it differs from tag to tag, and may have done so in place.
    """
    written = context.written if isinstance(context.written, Written) else NOTHING_WRITTEN
    untouched = event is context.original
    if hashes or untouched:
        return stored(event, written, origin, hashes, untouched=untouched)
    key = HIT, origin
    kept = context.kept.get(key)
    if kept is None or kept[0] is not event:
        kept = context.kept[key] = event, stored(event, written, origin, hashes)
    made: list[Text] = kept[1]
    return made


def _own(pieces: dict[str, Text]) -> Text:
    """Every line of a batch begins with the event's name."""
    name = pieces.pop("en", None)
    return joined(pieces.values() if name is None else (name, *pieces.values()))


def is_hit(event: Stored) -> bool:
    """Whether it is one: an event of an app is none."""
    return HIT in event or "shared" in event


def is_long(hit: Sequence[Text]) -> bool:
    """Whether decoding the hit as it is stored would hold others up: then whoever may need its values keeps those, too."""
    return sum(len(str(part)) for part in hit) > _LONG


_LONG: Final = 16 << 10


def pieces(event: Stored) -> list[str]:
    """The pieces of a stored hit (``name=text``)."""
    if HIT in event:
        return "&".join([part for part in event[HIT] if part]).split("&")
    places = (event["shared"], event["hoistable"], event["own"], event["request"])
    return [f"{escape(name)}={escape(text)}" for place in places for name, text in place.items()]


def texts(event: Stored, names: Set[str]) -> dict[str, str]:
    """The texts of these parameters of a stored hit, decoded; all others stay as they are, which may be long."""
    parted = (piece.partition("=") for piece in pieces(event))
    return {name: unescape(text) for name, _, text in parted if name in names}


def requests(members: Sequence[tuple[int, Payload]], filled: Callable[[Payload], Stored]) -> list[OutboundRequest]:
    """One request for the events of one group that share what a batch shares, else one for each.

    ``members`` are payloads and their indices; ``filled`` gives the stored event with its secrets. Raises ValueError for
    an event of an app, which has no hit.
    """
    if len(members) == 1:
        at, payload = members[0]
        event = filled(payload)
        if HIT in event and len(event[HIT]) == 1:
            header = ("user-agent", header_text(event["user_agent"]))
            return [OutboundRequest("POST", f"{event['origin']}{_PATH}{event[HIT][0]}", (header,), b"", (at,))]
        return [_request(event["user_agent"], batch, [at]) for batch in assemble(_base(event), [_ready(event)])]
    sent: list[OutboundRequest] = []
    for (_group, base, agent), events in _alike(members, filled).items():
        batches = assemble(base, [event for _, event in events])
        sent += [_request(agent, batch, [at for at, _ in events]) for batch in batches]
    return sent


def filled(payload: Payload, secrets: Mapping[str, str], escaped: Mapping[str, str]) -> Stored:
    """The stored event with its secrets, which are percent-encoded inside its hit."""
    in_hit = [place for place in payload.secrets if place.pointer.startswith(f"/{HIT}/")]
    others = [place for place in payload.secrets if place not in in_hit]
    whole: Stored = fill(fill(payload.body, in_hit, escaped), others, secrets)
    return whole


def _base(event: Stored) -> str:
    if not is_hit(event):
        raise ValueError("an event of an app can only leave by /mp/collect: give the tag its api_secret again")
    return f"{event['origin']}{_PATH}"


def _alike(
    members: Sequence[tuple[int, Payload]], filled: Callable[[Payload], Stored]
) -> dict[tuple[str, str, str], list[tuple[int, Ready]]]:
    """The events, each with its index, by group, where they go, and user agent."""
    alike: dict[tuple[str, str, str], list[tuple[int, Ready]]] = {}
    for at, payload in members:
        event = filled(payload)
        alike.setdefault((payload.group, _base(event), event["user_agent"]), []).append((at, _ready(event)))
    return alike


def _ready(event: Stored) -> Ready:
    if HIT in event:
        return Ready(*event[HIT])
    own, request = dict(event["own"]), dict(event["request"])
    name, count = {"en": own.pop("en", "")}, {key: request.pop(key) for key in [_COUNT] if key in request}
    return Ready(join({**event["shared"], **count}), join(event["hoistable"]), join({**name, **own}), join(request))


def _request(agent: str, batch: Batch, indices: Sequence[int]) -> OutboundRequest:
    header = ("user-agent", header_text(agent))
    headers = (header, _CONTENT_TYPE) if batch.body else (header,)
    carried = tuple([indices[member] for member in batch.members])
    return OutboundRequest("POST", batch.url, headers, batch.body.encode(), carried)


def lines(body: bytes) -> list[str]:
    """What each event of a request has for itself: the lines of the body; none where all of it is in the URL."""
    return body.decode("utf-8", "replace").split(LINE_END) if body else []
