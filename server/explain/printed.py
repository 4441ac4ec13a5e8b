"""How an outgoing message is shown to a person: one line for where it goes, then what it carries, decoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from rich.text import Text

from core.types import OutboundRequest, Payload
from server.explain.packed import PackedRequest
from server.system.terminal import visible

_WIDTH = 22


def groups(deliveries: Sequence[tuple[str, Payload]]) -> Mapping[str, list[Payload]]:
    """The payloads of one request by tag, in order."""
    by_tag: dict[str, list[Payload]] = {}
    for tag, payload in deliveries:
        by_tag.setdefault(tag, []).append(payload)
    return by_tag


def show(packed: PackedRequest) -> Text:
    """The message as text for the terminal; of several events each under a line of its own."""
    request = packed.request
    head = Text.assemble(("→ ", "bold green"), (packed.tag, "bold"))
    if not isinstance(request, OutboundRequest):
        target = "standard output" if request.target == "-" else request.target
        return Text("\n").join([Text.assemble(head, f"  a line to {visible(target)}"), *_parts(packed)])
    url = urlsplit(request.url)
    head = Text.assemble(head, f"  {request.method} ", (visible(f"{url.scheme}://{url.netloc}{url.path}"), "cyan"))
    return Text("\n").join([head, *_pairs(url.query), *_parts(packed)])


def _parts(packed: PackedRequest) -> Iterator[Text]:
    for part in packed.parts if packed.together else packed.parts[:1]:
        if packed.together:
            yield Text("    ─ event", "dim")
        yield from _pairs(part.query)
        yield from _body(part.body)


def _pairs(query: str) -> list[Text]:
    pairs = parse_qsl(query, keep_blank_values=True)
    return [Text.assemble("    ", (visible(name).ljust(_WIDTH), "dim"), " ", visible(value)) for name, value in pairs]


def _body(body: bytes) -> list[Text]:
    lines = body.decode("utf-8", errors="replace").splitlines()
    return [Text(f"    {visible(line)}") for line in lines]
