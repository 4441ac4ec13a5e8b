"""Reads curl commands as browsers' developer tools copy them ("Copy as cURL", the bash form)."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from getopt import GetoptError, gnu_getopt
from urllib.parse import quote

from core.types import Headers
from server.explain.hit import Hit, HitError, body_of, with_headers
from server.explain.readers import header, of_url

_SHORT = "X:H:d:b:A:e:u:o:m:w:x:c:GIsSvkLigfNO"
_LONG_WITH_VALUE = (
    "request header data data-raw data-binary data-ascii data-urlencode cookie user-agent referer user url",
    "output max-time connect-timeout write-out proxy cookie-jar retry resolve",
)
_LONG_ALONE = (
    "get head silent show-error verbose insecure location include globoff fail compressed",
    "no-buffer http1.0 http1.1 http2 http3 path-as-is no-keepalive",
)
_LONG = [f"{name}=" for line in _LONG_WITH_VALUE for name in line.split()] + " ".join(_LONG_ALONE).split()
_NAMES = {
    "-X": "--request",
    "-H": "--header",
    "-d": "--data",
    "-b": "--cookie",
    "-A": "--user-agent",
    "-e": "--referer",
    "-u": "--user",
    "-G": "--get",
    "-I": "--head",
}
_AS_HEADER = {"--cookie": "cookie", "--user-agent": "user-agent", "--referer": "referer"}
_FORM = (("content-type", "application/x-www-form-urlencoded"),)

_WORD = re.compile(
    r"""(?P<space>(?:\s|\\\r?\n)+)|(?P<end>&&|[;&|])|'(?P<single>[^']*)'|\$'(?P<ansi>(?:[^'\\]|\\.)*)'"""
    r"""|"(?P<double>(?:[^"\\]|\\.)*)"|\\(?P<escaped>.)|(?P<plain>[^\s;&|'"\\$]+|\$)""",
    re.DOTALL,
)
_ANSI = re.compile(r"((?:\\x[0-9A-Fa-f]{1,2}|\\[0-7]{1,3})+)|\\(?:u([0-9A-Fa-f]{1,4})|(.))", re.DOTALL)
_ANSI_BYTE = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3}))")
_ANSI_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}


def read_curl(text: str, name: str) -> list[Hit]:
    """The request of each curl command in the text. Nothing is run, no file is read. Raises HitError."""
    try:
        hits = [_request(words) for words in _commands(text) if words]
    except GetoptError as error:
        raise HitError(f"{name}: curl: {error}") from None
    except HitError as error:
        raise HitError(f"{name}: {error}") from None
    if not hits:
        raise HitError(f"{name}: holds no curl command")
    return hits


def _commands(text: str) -> Iterator[list[str]]:
    """The words of each command, by the shell's rules for quotes and for what ends a command."""
    words: list[str] = []
    word: str | None = None
    for found in _pieces(text):
        kind, piece = found.lastgroup or "", found[found.lastgroup or 0]
        if kind not in ("space", "end"):
            word = (word or "") + _plain(kind, piece)
            continue
        if word is not None:
            words.append(word)
            word = None
        if kind == "end":
            yield words
            words = []
    yield words if word is None else [*words, word]


def _pieces(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            raise HitError(f"a quote is not closed: {text[at : at + 30]}")
        yield found
        at = found.end()


def _plain(kind: str, piece: str) -> str:
    if kind == "ansi":
        halves = _ANSI.sub(_ansi_character, piece)  # what is beyond 16 bits is written as two surrogates
        return halves.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return re.sub(r'\\([\\"$`])', r"\1", piece.replace("\\\n", "")) if kind == "double" else piece


def _ansi_character(found: re.Match[str]) -> str:
    run, unicode, letter = found.groups()
    if run:
        return _ansi_bytes(run)
    return _ANSI_LETTERS.get(letter, letter) if letter else chr(int(unicode, 16))


def _ansi_bytes(run: str) -> str:
    """Bytes, as the shell reads them, where they are UTF-8; else characters, which is what Firefox means by them."""
    data = bytes(int(byte, 16) if byte else int(octal, 8) & 255 for byte, octal in _ANSI_BYTE.findall(run))
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _request(words: Sequence[str]) -> Hit:
    if words[0] != "curl":
        raise HitError(f"{words[0]!r} is not curl; copy the request as cURL (bash)")
    given, urls = gnu_getopt(list(words[1:]), _SHORT, _LONG)
    options = [(_NAMES.get(name, name), value) for name, value in given]
    urls += _values(options, "--url")
    if len(urls) != 1:
        raise HitError("a curl command with no URL" if not urls else f"a curl command with {len(urls)} URLs")
    body, names = _body(options), {name for name, _ in options}
    headers = with_headers(_FORM if body else (), _headers(options))
    if "--get" in names:
        url = f"{urls[0]}{'&' if '?' in urls[0] else '?'}{body}"
        return Hit("GET", of_url(url, None, b"").url, _headers(options))
    hit = of_url(urls[0], "HEAD" if "--head" in names else None, body_of(body))
    return Hit((_values(options, "--request") or [hit.method])[-1], hit.url, headers, hit.body)


def _values(options: Sequence[tuple[str, str]], name: str) -> list[str]:
    return [value for option, value in options if option == name]


def _body(options: Sequence[tuple[str, str]]) -> str:
    pieces = []
    for name, value in options:
        if name.startswith("--data"):
            if value.startswith("@") and name != "--data-raw":
                raise HitError(f"{name} {value}: files are not read; write the body itself")
            pieces.append(_encoded(value) if name == "--data-urlencode" else value)
    return "&".join(pieces)


def _encoded(value: str) -> str:
    name, equals, content = value.partition("=")
    return f"{name}={quote(content, safe='')}" if equals and name else quote(content or name, safe="")


def _headers(options: Sequence[tuple[str, str]]) -> Headers:
    headers = [header(value) for value in _values(options, "--header") if not value.endswith((";", ":"))]
    headers += [(_AS_HEADER[name], value) for name, value in options if name in _AS_HEADER]
    headers += [("authorization", f"Basic {b64encode(user.encode()).decode()}") for user in _values(options, "--user")]
    return tuple(headers)
