"""The worst payloads of the Measurement Protocol and hits of Universal Analytics."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.budget.making import Shape, filled, numbered
from tests.budget.serving import Sent

_MP: Final = "/mp/collect?measurement_id=G-ABC1234567&api_secret=a-secret"
_UA: Final = "v=1&tid=G-ABC1234567&cid=555&t=event&ec=a&ea=b"
_UA_ITEM: Final = "v=1&tid=G-ABC1234567&cid=5&t=item&ti=T&in=a{0}@b.de&ip=1&iq=1"
_MAIL: Final = "a{}@b.de"


def _text(written: Callable[[int], str], target: str = _MP) -> Shape:
    return lambda size: Sent(target, written(size).encode())


def _json(payload: Callable[[int], Any], target: str = _MP) -> Shape:
    return _text(lambda size: json.dumps(payload(size), separators=(",", ":")), target)


def _payload(event: Any, count: int = 1, **shared: Any) -> dict[str, Any]:
    return {"client_id": "1.2", **shared, "events": [event] * count}


def _params(params: Callable[[int], Mapping[str, Any]], count: int = 1, **shared: Any) -> Shape:
    """So many events with these parameters."""
    return _json(lambda size: _payload({"name": "purchase", "params": params(size // count)}, count, **shared))


def _param(piece: str) -> Shape:
    return _params(lambda size: {"x": piece * (size // len(piece))})


def _shared(fields: Callable[[int], Mapping[str, Any]], count: int = 25) -> Shape:
    """So many events that share these fields."""
    return _json(lambda size: _payload({"name": "a"}, count, **fields(size)))


def _written(params: Callable[[int], str]) -> Shape:
    """One event with parameters that are written as no library would."""
    return _text(lambda size: '{"client_id":"1.2","events":[{"name":"a","params":{' + params(size) + "}}]}")


def _named(value: Any, bytes_each: int) -> Callable[[int], dict[str, Any]]:
    """As many names as fit; a text may have their number in it."""
    return lambda size: {
        f"p{at}": value.format(at) if isinstance(value, str) else value for at in range(max(1, size // bytes_each))
    }


def _listed(name: str, value: Any, bytes_each: int) -> Callable[[int], dict[str, Any]]:
    return lambda size: {name: [value] * max(1, size // bytes_each)}


def _zipped(shape: Shape) -> Shape:
    def made(size: int) -> Sent:
        plain = shape(min(size * 50, 1 << 20))
        return Sent(plain.target, gzip.compress(plain.body), (("content-encoding", "gzip"),))

    return made


def _ua(begin: str, template: str) -> Shape:
    return lambda size: Sent("/batch", f"{begin}&{numbered(template, size)}".encode())


def _ua_value(piece: str, count: int = 1) -> Shape:
    return lambda size: Sent("/batch", "\n".join([filled(f"{_UA}&el=", piece, size // count)] * count).encode())


_PROPERTIES: Final = _named({"value": "a"}, 24)

PAYLOADS: Final[Mapping[str, Shape]] = {
    **{f"a text of {piece}": _param(piece) for piece in ("a@", "word ", "?a=1&", "%2541")},
    "names": _params(_named(1, 9)),
    "addresses": _params(_named(_MAIL, 18)),
    "nothing": _params(_named(None, 12)),
    "addresses in an object": _params(lambda size: {"x": _named(_MAIL, 18)(size)}),
    "addresses in objects within each other": _params(lambda size: {"x": {"y": {"z": [_named(_MAIL, 18)(size)]}}}),
    "items": _params(_listed("items", {"item_id": "A", "price": 1.5, "quantity": 1}, 44)),
    "items of addresses": _params(
        lambda size: {"items": [{f"p{at}": f"a{at}.{item}@b.de" for at in range(20)} for item in range(size // 420)]}
    ),
    "addresses and items of addresses": _params(
        lambda size: {
            **_named(_MAIL, 40)(size),
            "items": [{f"p{at}": f"a{at}.{item}@b.de" for at in range(20)} for item in range(size // 900)],
        }
    ),
    "items without anything": _params(_listed("items", {}, 3)),
    "items that are no numbers": _params(_listed("items", {"price": "x"}, 14)),
    "one item of names": _params(lambda size: {"items": [_named(1, 9)(size)]}),
    "a list": _params(_listed("x", 1, 2)),
    "a list of lists": _params(_listed("x", [], 3)),
    "a list of lists of lists": _params(_listed("x", [[[[[1]]]]], 14)),
    "numbers": _params(lambda size: {"x": [at + 0.12345678901234567 for at in range(size // 20)]}),
    "events": _json(lambda size: _payload({"name": "a"}, size // 12)),
    "events that are none": _json(lambda size: _payload(1, size // 2)),
    "events with a time": _json(lambda size: _payload({"name": "a", "timestamp_micros": 1}, size // 34)),
    "25 events of a text": _params(lambda size: {"x": "a@" * (size // 2)}, 25),
    "25 events of addresses": _params(_named("a@b{}", 16), 25),
    "25 late events of addresses": _params(_named("a@b{}", 16), 25, timestamp_micros=1_764_340_000_000_000),
    "25 late events of a text": _params(lambda size: {"x": "a@" * (size // 2)}, 25, timestamp_micros=1_764_340_000_000_000),
    "an id of 25 events": _shared(lambda size: {"user_id": "a@" * (size // 2)}),
    "user properties": _shared(lambda size: {"user_properties": _PROPERTIES(size)}, 1),
    "user properties of 25 events": _shared(lambda size: {"user_properties": _PROPERTIES(size)}),
    "user properties with a time": _shared(
        lambda size: {"user_properties": _named({"value": 1, "timestamp_micros": "x"}, 42)(size)}
    ),
    "user data": _shared(lambda size: {"user_data": _listed("email_address", "jo@example.com", 17)(size)}, 1),
    "user data of 25 events": _shared(
        lambda size: {"user_data": {"email_address": [_MAIL.format(at) for at in range(size // 12)]}}
    ),
    "a long address": _shared(lambda size: {"user_data": {"email_address": "A@ " * (size // 3)}}, 1),
    "a long telephone number": _shared(lambda size: {"user_data": {"phone_number": "( " * (size // 2)}}, 1),
    "addresses of 25 events": _shared(lambda size: {"user_data": _listed("address", {"city": "Oslo"}, 16)(size)}),
    "payloads": _json(lambda size: [_payload({"name": "a"})] * min(100, size // 46)),
    "lists in lists": _text(lambda size: '{"x":' + "[" * (size // 2) + "]" * (size // 2) + "}"),
    "objects in objects": _text(lambda size: '{"a":' * (size // 6) + "1" + "}" * (size // 6)),
    "lists that have no end": _text(lambda size: '{"events":' + "[" * size),
    "one huge number": _written(lambda size: '"x":' + "9" * size),
    "one long fraction": _written(lambda size: '"x":0.' + "1" * size),
    "one long exponent": _written(lambda size: '"x":1e' + "9" * size),
    "numbers of too many digits": _written(lambda size: numbered('"p{0}":9007199254740993.1', size, ",")),
    "numbers without end": _written(lambda size: '"x":[' + filled("", "1e999,", size) + "1]"),
    "a name again and again": _written(lambda size: filled("", '"x":1,', size) + '"y":1'),
    "names twice": _written(lambda size: numbered('"x{0}":1,"x{0}":2', size, ",")),
    "colons": _written(lambda size: '"x":"' + ":" * size + '"'),
    "escapes": _written(lambda size: '"x":"' + "\\u00e4" * (size // 6) + '"'),
    "halves of characters": _written(lambda size: '"x":"' + "\\ud800" * (size // 6) + '"'),
    "JSON in a text": _json(lambda size: json.dumps(_payload({"name": "a", "params": {"x": '"' * (size // 4)}}))),
    "events in a text": _json(lambda size: {"client_id": "1.2", "events": json.dumps([{"name": "a"}] * (size // 20))}),
    "events of texts": _json(lambda size: _payload('{"name":"a"}', size // 22)),
    "parameters in texts": _json(lambda size: _payload({"name": "a", "params": '{"a":1}'}, size // 34)),
    "items in a text": _params(lambda size: {"items": json.dumps([{"item_id": "a"}] * (size // 24))}),
    "commas in a text": _text(lambda size: '{"client_id":"1","events":"[' + "0\\\\u002c" * (size // 8) + '0]"}'),
    "camelCase": _json(
        lambda size: {"clientId": "1.2", "events": [{"name": "a", "params": _named(1, 9)(size)}], "userProperties": {}}
    ),
    "no JSON": _text(lambda size: '{"client_id":"1.2",' + '"a' * (size // 2)),
    "commas": _text(lambda size: "[" + "," * size),
    "spaces": _text(lambda size: " " * size),
    "a gzip of a text": _zipped(_params(lambda size: {"x": "a@" * (size // 2)})),
    "a gzip of items": _zipped(_params(_listed("items", {"item_id": "A", "price": 1.5}, 30))),
    "no gzip": lambda size: Sent(_MP, b"\x1f\x8b\x08" + b"\0" * size, (("content-encoding", "gzip"),)),
    "names to validate": _json(lambda size: _payload({"name": "_a", "params": _named("x" * 101, 112)(size)}), f"/debug{_MP}"),
    "events to validate": _json(lambda size: _payload({"name": "_a", "params": {"": 1}}, size // 30), f"/debug{_MP}"),
}

OLD_HITS: Final[Mapping[str, Shape]] = {
    "lines": lambda size: Sent("/batch", filled("", f"{_UA}\n", size).encode()),
    "no hits": lambda size: Sent("/batch", b"v=1\n" * (size // 4)),
    **{f"a text of {piece}": _ua_value(piece) for piece in ("a@", "%41", "word ", "%2541")},
    **{f"20 hits of {piece}": _ua_value(piece, 20) for piece in ("a@", "word ")},
    "dimensions": _ua(_UA, "cd{0}=a{0}@b.de"),
    "products": _ua(f"{_UA}&pa=purchase", "pr{0}nm=a{0}@b.de"),
    "prices": _ua(f"{_UA}&pa=purchase", "pr{0}pr=x"),
    "dimensions of a product": _ua(f"{_UA}&pa=purchase", "pr1cd{0}=a{0}@b.de"),
    "impressions": _ua(_UA, "il{0}pi{0}nm=a"),
    "promotions": _ua(_UA, "promo{0}nm=a"),
    "names nobody knows": _ua(_UA, "x{0}=1"),
    "20 hits of dimensions": lambda size: Sent(
        "/batch", "\n".join([f"{_UA}&{numbered('cd{0}=a{0}@b.de', size // 20)}"] * 20).encode()
    ),
    "items": lambda size: Sent(  # noqa: ARG005
        "/batch", ("v=1&tid=G-ABC1234567&cid=5&t=transaction&ti=T\n" + "\n".join(map(_UA_ITEM.format, range(19)))).encode()
    ),
}
