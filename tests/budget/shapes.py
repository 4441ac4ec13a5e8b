"""The worst that strangers can send, each kind in a size of one's choice: to find where a server's time goes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from tests.budget.serving import Sent

Shape: TypeAlias = Callable[[int], Sent]
"""A request of about so many bytes."""

_HIT: Final = "/g/collect?v=2&tid=G-ABC1234567&cid=1307714608.1760043792&sid=1764340309&gcs=G111"
_MP: Final = "/mp/collect?measurement_id=G-ABC1234567&api_secret=a-secret"
LONGEST_URL: Final = 16_000


def _value(piece: str) -> Shape:
    """One parameter that is nothing but this, again and again."""
    return lambda size: Sent(_HIT, _filled("en=purchase&ep.x=", piece, size))


def _filled(begin: str, piece: str, size: int, end: str = "") -> bytes:
    return f"{begin}{piece * max(1, (size - len(begin) - len(end)) // len(piece))}{end}".encode()


def _values(piece: str) -> Shape:
    """Many parameters, each of this text once."""
    return lambda size: Sent(_HIT, ("en=purchase&" + "&".join(_numbered(size, f"ep.p{{0}}={piece}"))).encode())


def _numbered(size: int, template: str) -> list[str]:
    return [template.format(at) for at in range(max(1, size // (len(template) + 4)))]


def _lines(line: str, separator: str = "\n", query: str = "") -> Shape:
    """As many events as fit."""
    return lambda size: Sent(_HIT + query, separator.join([line] * max(1, size // (len(line) + len(separator)))).encode())


def _events(count: int, piece: str, begin: str = "en=purchase&ep.x=") -> Shape:
    """So many events, which share the size."""
    return lambda size: Sent(_HIT, b"\n".join([_filled(begin, piece, size // count)] * count))


def _in_url(piece: str, name: str = "dl", lines: int = 1) -> Shape:
    """In the URL, which every line of the body shares."""

    def made(size: int) -> Sent:
        text = piece * max(1, (min(size, LONGEST_URL) - 200) // len(piece))
        body = "\n".join(["en=a"] * lines).encode() if lines > 1 else b""
        return Sent(f"{_HIT}&{name}={text}" + ("" if body else "&en=a"), body)

    return made


def _items(count: int, item: str) -> Shape:
    def made(size: int) -> Sent:
        line = "en=purchase&" + "&".join(f"pr{at}={item}" for at in range(1, count + 1))
        return Sent(_HIT, "\n".join([line] * max(1, size // len(line))).encode())

    return made


def _url_in_url(parameters: int) -> str:
    inner = quote("https://c/?token=2&x=1&" + "a=1&" * parameters, safe="")
    return quote("https://a/?u=" + quote(f"https://b/?token=1&u={inner}", safe=""), safe="")


def _header(name: str, piece: str, query: str = "&en=a") -> Shape:
    return lambda size: Sent(_HIT + query, b"", ((name, piece * (min(size, 30_000) // len(piece))),))


def _cookie(piece: str) -> Shape:
    def made(size: int) -> Sent:
        return Sent(
            _HIT.replace("&cid=1307714608.1760043792", "") + "&en=a",
            b"",
            (("cookie", piece * (min(size, 64_000) // len(piece))),),
        )

    return made


def _json(payload: Callable[[int], Any], target: str = _MP, **options: Any) -> Shape:
    return lambda size: Sent(target, json.dumps(payload(size), **options).encode())


def _mp(params: Callable[[int], Mapping[str, Any]], **shared: Any) -> Shape:
    event = lambda size: {"name": "purchase", "params": params(size)}  # noqa: E731
    return _json(lambda size: {"client_id": "1.2", **shared, "events": [event(size)]}, separators=(",", ":"))


def _raw(text: Callable[[int], str], target: str = _MP) -> Shape:
    return lambda size: Sent(target, text(size).encode())


def _zipped(shape: Shape, factor: int) -> Shape:
    def made(size: int) -> Sent:
        plain = shape(min(size * factor, 1 << 20))
        return Sent(plain.target, gzip.compress(plain.body), (("content-encoding", "gzip"),))

    return made


def _ua(line: str, count: int = 0) -> Shape:
    def made(size: int) -> Sent:
        lines = count or max(1, size // (len(line) + 1))
        return Sent("/batch", "\n".join([line] * lines).encode())

    return made


_UA_LINE: Final = "v=1&tid=G-ABC1234567&cid=555&t=event&ec=a&ea=b"


def _nested(begin: str, end: str, inner: str) -> Callable[[int], str]:
    return lambda size: (
        '{"client_id":"1.2","events":[{"name":"purchase","params":{"x":'
        + begin * (size // (len(begin) + len(end)))
        + inner
        + end * (size // (len(begin) + len(end)))
        + "}}]}"
    )


SHAPES: Final[Mapping[str, Shape]] = {
    # One long text.
    "a@": _value("a@"),
    "@": _value("@"),
    "a": _value("a"),
    "space": _value("+"),
    "%41": _value("%41"),
    "%2541": _value("%2541"),
    "%25252541": _value("%25252541"),
    "%FF": _value("%FF"),
    "%": _value("%"),
    "~": _value("~"),
    "latin": _value("ä"),
    "emoji": _value("😀"),
    "%C3%A4": _value("%C3%A4"),
    "&amp;": lambda size: Sent(_HIT, _filled("en=purchase", "&amp;", size)),
    ";": _value(";"),
    "mail": _value("jo@example.com "),
    "mail in words": _value("a.b-c@d"),
    "phone": _value("+49 170 1234567 "),
    "almost phone": _value("+49 170 "),
    "almost phones": _value("(0) "),
    "digits": _value("0"),
    "digit groups": _value("01 23 "),
    "card": _value("card 123456789012345 "),
    "a b": _value("xay"),
    "crlf": lambda size: Sent(_HIT, b"\r\n" * (size // 2)),
    "lf": lambda size: Sent(_HIT, b"\n" * size),
    "cr in lines": _lines("en=a", "\r\n"),
    "nul": lambda size: Sent(_HIT, b"\0" * size),
    "utf16": lambda size: Sent(_HIT, b"\xff\xfe" + ("en=a&ep.x=" + "ä" * (size // 2)).encode("utf-16-le")),
    "bad utf8": lambda size: Sent(_HIT, b"en=a&ep.x=" + b"\xff" * size),
    # URLs.
    "query": lambda size: Sent(_HIT, _filled("en=a&dl=", "%3Ftoken%3D1%26a%3Db", size)),
    "query of tokens": lambda size: Sent(_HIT, _filled("en=a&dl=https%3A//a/?", "token%3D1%26", size)),
    "query of wildcards": lambda size: Sent(_HIT, _filled("en=a&dl=https%3A//a/?", "pas%3D1%26", size)),
    "question marks": lambda size: Sent(_HIT, _filled("en=a&dl=https%3A//a/", "?", size)),
    "url in url": lambda size: Sent(_HIT, f"en=a&dl={_url_in_url(size // 30)}".encode()),
    "url in url for 100 lines": lambda size: Sent(
        f"{_HIT}&dl={_url_in_url(min(size, LONGEST_URL) // 30)}"[:LONGEST_URL], b"\n".join([b"en=a"] * 100)
    ),
    "long url for 100 lines": _in_url("a", lines=100),
    "mail in url for 100 lines": _in_url("jo%40example.com+", lines=100),
    "%2541 in url for 100 lines": _in_url("%2541", lines=100),
    "%2541 in url for 20 lines": _in_url("%2541", lines=20),
    "items in url for 100 lines": _in_url("idA~nmB~pr1~qt2~", "pr1", lines=100),
    "host of labels": lambda size: Sent(_HIT, _filled("en=a&dl=https%3A//", "a.", size)),
    "punycode": lambda size: Sent(_HIT, _filled("en=a&dl=https%3A//", "xn--a.", size)),
    "mail of labels": lambda size: Sent(_HIT, _filled("en=a&ep.x=a@", "a.", size)),
    "url query": lambda size: Sent(_HIT + "&en=a&x=" + "%41" * (min(size, LONGEST_URL) // 3)),
    "url pairs": lambda size: Sent(_HIT + "&en=a" + "&a=b" * (min(size, LONGEST_URL) // 4)),
    # Many parameters, items, events.
    "parameters": _values("1"),
    "mails": _values("jo{0}@example.com"),
    "phones": _values("+49 170 1{0}"),
    "escaped": _values("{0}%2541%40"),
    "urls": _values("https%3A//a/{0}%3Ftoken%3D1"),
    "numbers": lambda size: Sent(_HIT, ("en=a&" + "&".join(_numbered(size, "epn.p{}=1.5"))).encode()),
    "no numbers": lambda size: Sent(_HIT, ("en=a&" + "&".join(_numbered(size, "epn.p{}=x"))).encode()),
    "properties": lambda size: Sent(_HIT, ("en=a&" + "&".join(_numbered(size, "up.p{0}=a{0}@b.de"))).encode()),
    "user data": lambda size: Sent(_HIT, ("en=a&" + "&".join(_numbered(size, "ep.user_data.address.{}.city=a"))).encode()),
    "user data deep": lambda size: Sent(_HIT, ("en=a&" + "&".join(_numbered(size, "ep.user_data.a.b.c.d{}=a"))).encode()),
    "nameless": lambda size: Sent(_HIT, ("en=a&" + "&".join(_numbered(size, "a{}=b"))).encode()),
    "currency": lambda size: Sent(_HIT, ("en=a&" + "&".join(_numbered(size, "epn.a{}=01"))).encode()),
    "en": lambda size: Sent(_HIT, _filled("en=a", "&en=a", size)),
    "lines": _lines("en=a"),
    "lines of no hit": _lines("a"),
    "nameless lines": _lines("a=b"),
    "lines with mails": lambda size: Sent(
        _HIT, "\n".join(_numbered(size, "en=a&ep.x=jo{0}@example.com&ep.y=+49 170 123{0}&dl=https://a/{0}?token=1")).encode()
    ),
    "lines of 60": lambda size: Sent(
        _HIT,
        "\n".join(
            "en=purchase&" + "&".join(f"ep.p{at}=v@b{at}{line}.de" for at in range(60)) for line in range(max(1, size // 900))
        ).encode(),
    ),
    "20 events": _events(20, "a@"),
    "20 events of escapes": _events(20, "%2541"),
    "20 events of words": _events(20, "word "),
    "100 events": _events(100, "a@"),
    "90 items": _items(90, "id~nma~pr1~qt2"),
    "200 items": _items(200, "idA~nmB~pr1~qt2~k0a~v0b"),
    "item of tildes": lambda size: Sent(_HIT, _filled("en=a&pr1=id", "~", size)),
    "item of double tildes": lambda size: Sent(_HIT, _filled("en=a&pr1=id", "~~", size)),
    "item of fields": lambda size: Sent(_HIT, _filled("en=a&pr1=id", "~zzb", size)),
    "item of slots": lambda size: Sent(_HIT, ("en=a&pr1=id" + "".join(_numbered(size, "~k0a{}~v0b"))).encode()),
    "200 items of mails": _items(200, "idA~nmjo@example.com~k0a~v0+49 170 1234567"),
    "brands": lambda size: Sent(_HIT, _filled("en=a&uafvl=", "a;1|", size)),
    "transaction": lambda size: Sent(_HIT, _filled("en=purchase&ep.transaction_id=", "a@", size)),
    "title": lambda size: Sent(_HIT, _filled("en=purchase&dt=", "ab ", size)),
    "location": lambda size: Sent(_HIT, _filled("en=purchase&dl=", "shop", size)),
    # Heads.
    "forwarded for": _header("x-forwarded-for", "127.0.0.1,"),
    "forwarded for commas": _header("x-forwarded-for", ","),
    "forwarded": _header("forwarded", "for=127.0.0.1,"),
    "forwarded quotes": _header("forwarded", 'for="\\"'),
    "accept language": _header("accept-language", "de,"),
    "user agent": _header("user-agent", "bo"),
    "hints": _header("sec-ch-ua", '"a";v="1",'),
    "hints quotes": _header("sec-ch-ua", '"\\'),
    "origin": _header("origin", "a."),
    "accept": _header("accept", "image/"),
    "cookies": _cookie("a=b; "),
    "ga cookies": _cookie("_ga=GA1.1.1.2; "),
    "gs cookies": _cookie("_ga_ABC1234567=GS1.1.1; "),
    "fpid cookies": _cookie("FPID=FPID2.2.AAAA.1; "),
    "fplc cookies": _cookie("FPLC=" + "a" * 60 + "; "),
    "escaped cookies": _cookie("a=%41%41; "),
    "semicolons": _cookie(";"),
    "slashes": lambda size: Sent("/" * min(size, LONGEST_URL)),
    "path": lambda size: Sent("/a" * (min(size, LONGEST_URL) // 2)),
    "script": lambda size: Sent("/gtag/js?id=G-ABC1234567&l=" + "a" * min(size, LONGEST_URL)),
    "script pairs": lambda size: Sent("/gtag/js?id=G-ABC1234567" + "&a=%41" * (min(size, LONGEST_URL) // 7)),
    # Measurement Protocol.
    "mp text": _mp(lambda size: {"x": "a@" * (size // 2)}),
    "mp words": _mp(lambda size: {"x": "word " * (size // 5)}),
    "mp names": _mp(lambda size: {f"p{at}": 1 for at in range(size // 9)}),
    "mp texts": _mp(lambda size: {f"p{at}": f"a{at}@b.de" for at in range(size // 16)}),
    "mp items": _mp(lambda size: {"items": [{"item_id": "A", "price": 1.5, "quantity": 1}] * (size // 44)}),
    "mp items of mails": _mp(
        lambda size: {"items": [{"item_id": "A", "item_name": f"jo{at}@example.com"} for at in range(size // 50)]}
    ),
    "mp nested mails": _mp(lambda size: {"x": {f"p{at}": f"a{at}@b.de" for at in range(size // 18)}}),
    "mp items full of mails": _mp(
        lambda size: {"items": [{f"p{at}": f"a{at}.{item}@b.de" for at in range(20)} for item in range(size // 420)]}
    ),
    "mp half and half": _mp(
        lambda size: {
            **{f"p{at}": f"a{at}@b.de" for at in range(size // 36)},
            "items": [{f"p{at}": f"a{at}.{item}@b.de" for at in range(20)} for item in range(size // 840)],
        }
    ),
    "items full of mails": lambda size: Sent(
        _HIT,
        "\n".join(
            "en=purchase&"
            + "&".join(
                f"pr{at}=idA~nma{at}.{line}@b.de~br+49 171 {at}.{line}" + "".join(f"~k{slot}s{slot}~v{slot}a{at}.{line}{slot}@b.de" for slot in "ABCDEFGH")
                for at in range(1, 30)
            )
            for line in range(size // 7000)
        ).encode(),
    ),
    "mp empty items": _mp(lambda size: {"items": [{}] * (size // 3)}),
    "mp item of names": _mp(lambda size: {"items": [{f"k{at}": at for at in range(size // 14)}]}),
    "mp list": _mp(lambda size: {"x": [1] * (size // 2)}),
    "mp list of lists": _mp(lambda size: {"x": [[]] * (size // 3)}),
    "mp nulls": _mp(lambda size: {f"p{at}": None for at in range(size // 12)}),
    "mp events": _json(lambda size: {"client_id": "1.2", "events": [{"name": "a"}] * (size // 15)}),
    "mp 25 events": _json(
        lambda size: {"client_id": "1.2", "events": [{"name": "a", "params": {"x": "a@" * (size // 50)}}] * 25}
    ),
    "mp 25 events of names": _json(
        lambda size: {
            "client_id": "1.2",
            "events": [{"name": "a", "params": {f"p{at}": f"a@b{at}" for at in range(size // 400)}}] * 25,
        }
    ),
    "mp 25 events of a long id": _json(lambda size: {"client_id": "a@" * (size // 2), "events": [{"name": "a"}] * 25}),
    "mp no events": _json(lambda size: {"client_id": "1.2", "events": [1] * (size // 3)}),
    "mp payloads": _json(lambda size: [{"client_id": "1.2", "events": [{"name": "a"}]}] * min(100, size // 46)),
    "mp properties": _json(
        lambda size: {
            "client_id": "1.2",
            "user_properties": {f"p{at}": {"value": "a"} for at in range(size // 24)},
            "events": [{"name": "a"}],
        }
    ),
    "mp properties of 25": _json(
        lambda size: {
            "client_id": "1.2",
            "user_properties": {f"p{at}": {"value": "a"} for at in range(size // 24)},
            "events": [{"name": "a"}] * 25,
        }
    ),
    "mp user data": _json(
        lambda size: {
            "client_id": "1.2",
            "user_data": {"email_address": ["jo@example.com"] * (size // 20)},
            "events": [{"name": "a"}],
        }
    ),
    "mp user data long": _json(
        lambda size: {"client_id": "1.2", "user_data": {"email_address": "A@ " * (size // 3)}, "events": [{"name": "a"}]}
    ),
    "mp addresses": _json(
        lambda size: {
            "client_id": "1.2",
            "user_data": {"address": [{"city": "Oslo"}] * (size // 20)},
            "events": [{"name": "a"}] * 25,
        }
    ),
    "mp deep": _raw(_nested("[", "]", "1")),
    "mp deep objects": _raw(_nested('{"a":', "}", "1")),
    "mp many opened": _raw(lambda size: '{"events":' + "[" * size),
    "mp 30 deep": _mp(lambda size: {"x": json.loads("[" * 20 + "1" + "]" * 20), "y": [[[[[[1]]]]]] * (size // 14)}),
    "mp huge number": _raw(lambda size: '{"client_id":"1.2","events":[{"name":"a","params":{"x":' + "9" * size + "}}]}"),
    "mp huge numbers": _raw(
        lambda size: (
            '{"client_id":"1.2","events":[{"name":"a","params":{' + ",".join(_numbered(size, '"p{}":9007199254740993.1')) + "}}]}"
        )
    ),
    "mp fraction": _raw(lambda size: '{"client_id":"1.2","events":[{"name":"a","params":{"x":0.' + "1" * size + "}}]}"),
    "mp exponents": _raw(
        lambda size: '{"client_id":"1.2","events":[{"name":"a","params":{"x":[' + ",".join(["1e999"] * (size // 6)) + "]}}]}"
    ),
    "mp repeated": _raw(
        lambda size: '{"client_id":"1.2","events":[{"name":"a","params":{' + ",".join(['"x":1'] * (size // 6)) + "}}]}"
    ),
    "mp repeated pairs": _raw(
        lambda size: (
            '{"client_id":"1.2","events":[{"name":"a","params":{' + ",".join(_numbered(size // 2, '"x{0}":1,"x{0}":2')) + "}}]}"
        )
    ),
    "mp colons": _mp(lambda size: {"x": ":" * size, "y": {"a": 1}}),
    "mp escaped": _mp(lambda size: {"x": "ä" * (size // 6)}),
    "mp lone surrogates": _raw(
        lambda size: '{"client_id":"1.2","events":[{"name":"a","params":{"x":"' + "\\ud800" * (size // 6) + '"}}]}'
    ),
    "mp json in json": _json(
        lambda size: json.dumps({"client_id": "1.2", "events": [{"name": "a", "params": {"x": '"' * (size // 4)}}]})
    ),
    "mp events of texts": _json(lambda size: {"client_id": "1.2", "events": ['{"name":"a"}'] * (size // 22)}),
    "mp params of texts": _json(
        lambda size: {"client_id": "1.2", "events": [{"name": "a", "params": '{"a":1}'} for _ in range(size // 34)]}
    ),
    "mp numbers": _mp(lambda size: {"x": [at + 0.12345678901234567 for at in range(size // 20)]}),
    "mp events in text": _json(lambda size: {"client_id": "1.2", "events": json.dumps([{"name": "a"}] * (size // 20))}),
    "mp items in text": _mp(lambda size: {"items": json.dumps([{"item_id": "a"}] * (size // 24))}),
    "mp camel": _json(
        lambda size: {"clientId": "1.2", "Events": [{"Name": "a", "Params": {f"fooBar{at}": 1 for at in range(size // 16)}}]}
    ),
    "mp no json": _raw(lambda size: '{"client_id":"1.2",' + '"a' * (size // 2)),
    "mp commas": _raw(lambda size: "[" + "," * size),
    "mp spaces": _raw(lambda size: " " * size),
    "mp zipped": _zipped(_mp(lambda size: {"x": "a@" * (size // 2)}), 1000),
    "mp zipped items": _zipped(_mp(lambda size: {"items": [{"item_id": "A", "price": 1.5}] * (size // 30)}), 200),
    "mp no gzip": lambda size: Sent(_MP, b"\x1f\x8b\x08" + b"\0" * size, (("content-encoding", "gzip"),)),
    "mp debug": _json(
        lambda size: {
            "client_id": "1.2",
            "events": [{"name": "_bad", "params": {f"_p{at}": "x" * 101 for at in range(size // 112)}}],
        },
        "/debug" + _MP,
    ),
    "mp debug events": _json(
        lambda size: {"client_id": "1.2", "events": [{"name": "_a", "params": {"": 1}}] * (size // 32)}, "/debug" + _MP
    ),
    "mp bad items": _mp(lambda size: {"items": [{"price": "x"}] * (size // 14)}),
    # Universal Analytics.
    "ua lines": _ua(_UA_LINE),
    "ua 20 lines": lambda size: Sent("/batch", "\n".join([_UA_LINE + "&el=" + "a@" * (size // 40)] * 20).encode()),
    "ua text": lambda size: Sent("/batch", (_UA_LINE + "&el=" + "%41" * (size // 3)).encode()),
    "ua mails": lambda size: Sent("/batch", (_UA_LINE + "&el=" + "a@" * (size // 2)).encode()),
    "ua dimensions": lambda size: Sent("/batch", (_UA_LINE + "&" + "&".join(_numbered(size, "cd{0}=a{0}@b.de"))).encode()),
    "ua products": lambda size: Sent(
        "/batch", (_UA_LINE + "&pa=purchase&" + "&".join(_numbered(size, "pr{0}nm=a{0}@b.de"))).encode()
    ),
    "ua product dimensions": lambda size: Sent(
        "/batch", (_UA_LINE + "&pa=purchase&" + "&".join(_numbered(size, "pr1cd{}=a"))).encode()
    ),
    "ua impressions": lambda size: Sent("/batch", (_UA_LINE + "&" + "&".join(_numbered(size, "il{0}pi{0}nm=a"))).encode()),
    "ua promotions": lambda size: Sent("/batch", (_UA_LINE + "&" + "&".join(_numbered(size, "promo{}nm=a"))).encode()),
    "ua items": lambda size: Sent(
        "/batch",
        "\n".join(
            ["v=1&tid=G-ABC1234567&cid=5&t=transaction&ti=T"] + ["v=1&tid=G-ABC1234567&cid=5&t=item&ti=T&in=a&ip=1&iq=1"] * 19
        ).encode(),
    ),
    "ua no hits": lambda size: Sent("/batch", b"v=1\n" * (size // 4)),
    "ua names": lambda size: Sent("/batch", (_UA_LINE + "&" + "&".join(_numbered(size, "x{}=1"))).encode()),
}

SIZES: Final = tuple(kib << 10 for kib in (4, 8, 16, 32, 48, 64, 96, 127, 192, 255))
