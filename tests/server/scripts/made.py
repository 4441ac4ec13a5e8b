"""A script of the size and the kind of gtag.js, holding every form in which the host of Google's scripts comes."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from random import Random

import brotli

GOOGLE = "www.googletagmanager.com"

CHANGED = (
    '"www.googletagmanager.com"',
    "'www.googletagmanager.com'",
    '"https://www.googletagmanager.com/gtm.js?id="',
    "'https://www.googletagmanager.com/gtag/js?id='",
    '"https://www.googletagmanager.com/gtag/destination?id="',
    '"https://www.googletagmanager.com/ns.html?id="',
    r'"\u003Cscript src=\"https:\/\/www.googletagmanager.com\/gtag\/js?id=G-1\"\u003E"',
    '"u=https%3A%2F%2Fwww.googletagmanager.com%2Fgtm.js%3Fid%3D1"',
)
"""What holds the host and is changed."""

KEPT = (
    '"https://www.googletagmanager.com"',
    '"https://www.googletagmanager.com/static/service_worker/"',
    '"https://www.googletagmanager.com/a?id="',
    r'"https:\/\/www.googletagmanager.com"',
    '"https://www.googletagmanager.com/gtm.json"',
    '"//www.googletagmanager.com/x"',
    r"'\"www.googletagmanager.com\"'",
)
"""What holds the host and stays."""


def _filler(random: Random) -> str:
    names = "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randint(1, 3)))
    return f"function {names}(a,b){{return a[{random.randint(0, 999)}]||b.{names}({random.random():.6f})}};"


def made(size: int = 500_000) -> bytes:
    """At least ``size`` bytes of minified JavaScript; always the same."""
    random, pieces, length = Random(7), ['(function(){var data={"resource":{"version":"3"}};'], 0
    forms = [*CHANGED, *KEPT]
    while length < size:
        pieces.append(_filler(random))
        length += len(pieces[-1])
        if random.random() < 0.02:
            pieces.append(f"var h={random.choice(forms)};")
    pieces += [f"var z={form};" for form in forms]
    return ("".join(pieces) + "/* é */})();").encode()


def expected(source: bytes, host: str, escaped: str, encoded: str) -> bytes:
    """The source with each of the changed forms replaced, found in another way than the product's: by its whole text."""
    text = source.decode()
    for form in CHANGED:
        place = escaped if "\\/" in form else encoded if "%2F" in form else host
        text = text.replace(form, form.replace(GOOGLE, place))
    return text.encode()


DECODERS: dict[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
