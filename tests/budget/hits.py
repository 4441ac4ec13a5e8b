"""The worst hits for ``/g/collect``: long texts, many of everything, URLs in URLs, and heads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from tests.budget.making import (
    HIT,
    LONGEST_URL,
    Shape,
    events,
    filled,
    header,
    in_url,
    lines,
    many,
    numbered,
    post,
    value,
)
from tests.budget.serving import Sent

_NOBODY: Final = f"{HIT.replace('&cid=1307714608.1760043792', '')}&en=a"
_PARAMETERS_OF_60: Final = "&".join(f"ep.p{at}=v@b{at}{{0}}.de" for at in range(60))
_FIELDS: Final = "".join(f"~k{slot}s{slot}~v{slot}a{{0}}{slot}@b.de" for slot in "ABCDEFGH")


def _url_in_url(size: int) -> str:
    inner = quote(filled("https://c/?token=2&x=1&", "a=1&", size // 8), safe="")
    return quote(f"https://a/?u={quote(f'https://b/?token=1&u={inner}', safe='')}", safe="")


def _items(count: int, item: str) -> Shape:
    """As many purchases of so many items as fit."""
    line = "en=purchase&" + "&".join(f"pr{at}={item.replace('{0}', f'{{0}}.{at}')}" for at in range(1, count + 1))
    return lines(line)


def _cookie(piece: str) -> Shape:
    return lambda size: Sent(_NOBODY, b"", (("cookie", piece * (min(size, 64_000) // len(piece))),))


def _head(target: str, piece: str) -> Shape:
    return lambda size: Sent(filled(target, piece, min(size, LONGEST_URL)))


TEXTS: Final[Mapping[str, Shape]] = {
    **{piece: value(piece) for piece in ("a@", "@", "a", "+", "~", ";", "%", "%FF", "%a", "%%41a", "ä", "😀", "0", "xay", "://")},
    **{piece: value(piece) for piece in ("%41", "%2541", "%25252541", "%C3%A4", "%41a", "%2541%40", "%E6%97%A5", "%0A", "%00")},
    **{
        piece: value(piece)
        for piece in ("jo@example.com ", "a.b-c@d", "//a@b.de/", "+49 170 1234567 ", "+49 170 ", "(0) ", "01 23 ")
    },
    **{piece: value(piece) for piece in ("+49.1701234567 ", "+1", "001 ", "card 123456789012345 ", "word ", "a&b#c=")},
    "every character": value(quote("".join(map(chr, range(32, 256))), safe="")),
    "escaped ampersands": post("en=purchase", "&amp;"),
    "labels of an address": post("en=a&ep.x=a@", "a."),
    "a name of labels": post("en=a&ep.", "a.", "=1"),
    "an event's name": post("en=", "ab "),
    "a title": post("en=purchase&dt=", "ab "),
    "a title of capitals": post("en=purchase&dt=", "İ"),
    "a transaction": post("en=purchase&ep.transaction_id=", "a@"),
    "a client id": post("en=purchase&cid=", "a@"),
    "a user id of digits": post("en=purchase&uid=", "+49 170 1234567"),
    "a language": post("en=purchase&ul=", "de,"),
    "brands": post("en=a&uafvl=", "a;1|"),
    "escaped brands": post("en=a&uafvl=", "%2541;1|"),
    "bits": post("en=a&_gsid=a&gcd=", "1"),
    "bytes that are no UTF-8": lambda size: Sent(HIT, b"en=a&ep.x=" + b"\xff" * size),
    "UTF-16": lambda size: Sent(HIT, b"\xff\xfe" + ("en=a&ep.x=" + "ä" * (size // 2)).encode("utf-16-le")),
}

URLS: Final[Mapping[str, Shape]] = {
    "queries": post("en=a&dl=", "%3Ftoken%3D1%26a%3Db"),
    "tokens": post("en=a&dl=https%3A//a/?", "token%3D1%26"),
    "almost tokens": post("en=a&dl=https%3A//a/?", "pas%3D1%26"),
    "question marks": post("en=a&dl=https%3A//a/", "?"),
    "fragments": post("en=a&dl=https%3A//a/", "%23a%3D1"),
    "shops": post("en=purchase&dl=", "shop"),
    "labels of a host": post("en=a&dl=https%3A//", "a."),
    "punycode": post("en=a&dl=https%3A//", "xn--a."),
    "URLs in URLs": lambda size: Sent(HIT, f"en=a&dl={_url_in_url(size)}".encode()),
    "URLs in URLs in URLs for 100 lines": lambda size: in_url(_url_in_url(min(size, LONGEST_URL) - 300))(LONGEST_URL),
    "a long URL for 100 lines": in_url("a"),
    "addresses in the URL for 100 lines": in_url("jo%40example.com+"),
    "escapes in the URL for 100 lines": in_url("%2541"),
    "escapes in the URL for 20 lines": in_url("%2541", 20),
    "an item in the URL for 100 lines": in_url("idA~nmB~pr1~qt2~", name="pr1"),
    "a query of escapes": _head(f"{HIT}&en=a&x=", "%41"),
    "a query of pairs": lambda size: Sent(f"{HIT}&en=a&{numbered('a{0}=b', min(size, LONGEST_URL) - 200)}"),
}

MANY: Final[Mapping[str, Shape]] = {
    "parameters": many("ep.p{0}=1"),
    "addresses": many("ep.p{0}=jo{0}@example.com"),
    "addresses of URLs": many("ep.p{0}=https%3A//jo{0}@example.com/"),
    "telephone numbers": many("ep.p{0}=%2B49 170 1234{0}"),
    "escapes": many("ep.p{0}={0}%2541%40"),
    "URLs": many("ep.p{0}=https%3A//a/{0}%3Ftoken%3D1%26b%3D2"),
    "numbers": many("epn.p{0}=1.5"),
    "numbers that are none": many("epn.p{0}=x"),
    "numbers of many digits": many("epn.p{0}=1.000000000{0}"),
    "user properties": many("up.p{0}=a{0}@b.de"),
    "user properties that are no numbers": many("upn.p{0}=a{0}@b.de"),
    "user data": many("ep.user_data.address.{0}.city=a"),
    "user data, deeper": many("ep.user_data.a.b.c.d{0}=a"),
    "hashed user data": many("ep.user_data.email.{0}=jo{0}@example.com"),
    "names nobody knows": many("a{0}=b"),
    "server's own": many("sst.a{0}=b"),
    "one name": post("en=a", "&en=a"),
    "one name of a parameter": post("en=a", "&ep.a=1"),
    "lines": lines("en=a"),
    "lines with CRLF": lines("en=a{0}", "\r\n"),
    "lines that are no hits": lines("a{0}"),
    "lines without a name": lines("a{0}=b"),
    "lines of everything": lines("en=a&ep.x=jo{0}@example.com&ep.y=%2B49 170 123{0}&dl=https%3A//a/{0}?token=1"),
    "lines of 60 addresses": lines(f"en=purchase&{_PARAMETERS_OF_60}"),
    "lines with their own time": lines("en=a&ht=1&qt=2&ep.x=a{0}@b.de"),
    "line ends": lambda size: Sent(HIT, b"\r\n" * (size // 2)),
    "NUL": lambda size: Sent(HIT, b"\0" * size),
    **{f"{count} events of {piece}": events(count, piece) for count in (20, 100) for piece in ("a@", "%2541", "word ")},
    "90 items": _items(90, "id{0}~nma~pr1~qt2"),
    "200 items": _items(200, "id{0}~nmB~pr1~qt2~k0a~v0b"),
    "items of addresses": _items(29, "id{0}~nma{0}@b.de~br%2B49 171 {0}" + _FIELDS),
    "an item of tildes": post("en=a&pr1=id", "~"),
    "an item of double tildes": post("en=a&pr1=id", "~~"),
    "an item of fields": post("en=a&pr1=id", "~zzb"),
    "an item of prices": post("en=a&pr1=id", "~prx"),
    "an item of custom fields": lambda size: Sent(HIT, f"en=a&pr1=id{numbered('~k0a{0}~v0b', size, '')}".encode()),
    "items that are no numbers": many("pr{0}=prx~qty~dsz"),
}

HEADS: Final[Mapping[str, Shape]] = {
    "X-Forwarded-For": header("x-forwarded-for", "127.0.0.1,"),
    "commas in X-Forwarded-For": header("x-forwarded-for", ","),
    "X-Forwarded-Host": header("x-forwarded-host", "a.de,"),
    "Forwarded": header("forwarded", "for=127.0.0.1;host=a.de,"),
    "quotes in Forwarded": header("forwarded", 'for="\\"'),
    "Accept-Language": header("accept-language", "de,"),
    "User-Agent": header("user-agent", "bo"),
    "Sec-CH-UA": header("sec-ch-ua", '"a";v="1",'),
    "quotes in Sec-CH-UA": header("sec-ch-ua", '"\\'),
    "Origin": header("origin", "https://a."),
    "Host": lambda size: Sent(f"{HIT}&en=a", b"", (("host", "a." * (min(size, 30_000) // 2)),)),
    "Content-Encoding": header("content-encoding", "gzip,"),
    "many headers": lambda size: Sent(
        f"{HIT}&en=a", b"", tuple([(f"x-{at}", "a" * (min(size, 30_000) // 100)) for at in range(90)])
    ),
    **{
        f"cookies: {piece}": _cookie(piece)
        for piece in ("a=b; ", ";", "a=%41%41; ", "_ga=GA1.1.1.2; ", "_ga_ABC1234567=GS1.1.1; ", "_ga_ABC1234567=GS2.1.s1$o1; ")
    },
    "cookies of the server": _cookie("FPID=FPID2.2.AAAA.1; "),
    "linked cookies of the server": _cookie(f"FPLC={'a' * 60}; "),
    "a cookie of gtag": lambda size: Sent(_NOBODY, b"", (("cookie", "_ga=" + "GA1." * (min(size, 64_000) // 4)),)),
    "slashes": _head("/", "/"),
    "a path": _head("/", "a/"),
    "a path of escapes": _head("/g/collect", "%2F"),
    "a path of prefixes": _head("/", "g/collect/"),
    "a script": _head("/gtag/js?id=G-ABC1234567&l=", "a"),
    "a script of pairs": _head("/gtag/js?id=G-ABC1234567", "&a=%41"),
}
