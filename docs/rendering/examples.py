"""An example of a component, as its page shows it."""

from __future__ import annotations

from collections.abc import Iterator

from core.component import ClientExample, TagExample, TransformationExample
from core.registry import ComponentKind
from core.types import Outbound, OutboundRequest, Reply, Request, Upstream
from docs.rendering.blocks import block, json_block, yaml_block

Example = ClientExample | TransformationExample | TagExample
_LONGEST_BODY = 1000


def example(kind: ComponentKind, type: str, shown: Example) -> str:
    """What the file says, what comes in and what comes of it."""
    configuration = yaml_block({f"{kind}s": {type: dict(shown.settings)}})
    return "\n\n".join([f"### {shown.title}", configuration, *_parts(shown)])


def _parts(shown: Example) -> Iterator[str]:
    match shown:
        case ClientExample():
            yield _request(shown.request)
            yield f"{_answer(shown.reply)}{' and' if shown.events else ''}"
            yield from map(json_block, shown.events)
        case TransformationExample():
            yield from (json_block(shown.event), "becomes", json_block(shown.gives))
        case TagExample():
            yield from (json_block(shown.event), "leaves as", *map(_outbound, shown.sends))


def _request(request: Request) -> str:
    line = f"{request.method} {request.path}{'?' if request.query_string else ''}{request.query_string}"
    body = request.body.decode(errors="replace").replace("\r\n", "\n")
    return block("http", "\n\n".join(filter(None, [line, body[:_LONGEST_BODY]])))


def _answer(reply: Reply | Upstream) -> str:
    return f"gives `{reply.url}`" if isinstance(reply, Upstream) else f"gives {reply.status}"


def _outbound(outbound: Outbound) -> str:
    if not isinstance(outbound, OutboundRequest):
        return block("json", outbound.text)
    headers = "\n".join(f"{name}: {value}" for name, value in outbound.headers)
    return block("http", "\n\n".join(filter(None, [f"{outbound.method} {outbound.url}\n{headers}", outbound.body.decode()])))
