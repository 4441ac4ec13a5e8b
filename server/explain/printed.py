"""How an outgoing message is shown to a person: one line for where it goes, then what it carries, decoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from rich.text import Text

from core.types import Line, Outbound, OutboundRequest, Payload
from server.system.terminal import visible

_WIDTH = 22


def groups(deliveries: Sequence[tuple[str, Payload]]) -> Mapping[str, list[Payload]]:
    """The payloads of one request by tag, in order."""
    by_tag: dict[str, list[Payload]] = {}
    for tag, payload in deliveries:
        by_tag.setdefault(tag, []).append(payload)
    return by_tag


def show(tag: str, outbound: Outbound) -> Text:
    """The message as text for the terminal."""
    if isinstance(outbound, Line):
        target = "standard output" if outbound.target == "-" else outbound.target
        return Text.assemble(("→ ", "bold green"), (tag, "bold"), f"  a line to {target}\n", f"    {visible(outbound.text)}")
    url = urlsplit(outbound.url)
    head = Text.assemble(
        ("→ ", "bold green"), (tag, "bold"), f"  {outbound.method} ", (visible(f"{url.scheme}://{url.netloc}{url.path}"), "cyan")
    )
    return Text("\n").join([head, *_pairs(url.query), *_body(outbound)])


def _pairs(query: str) -> list[Text]:
    pairs = parse_qsl(query, keep_blank_values=True)
    return [Text.assemble("    ", (visible(name).ljust(_WIDTH), "dim"), " ", visible(value)) for name, value in pairs]


def _body(request: OutboundRequest) -> list[Text]:
    if not request.body:
        return []
    lines = request.body.decode("utf-8", errors="replace").splitlines()
    if request.body.startswith(b"en="):
        return [piece for line in lines for piece in (Text("    ─ event", "dim"), *_pairs(line))]
    return [Text(f"    {visible(line)}") for line in lines]
