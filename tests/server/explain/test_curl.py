"""Commands that developer tools copy "as cURL" are read by the shell's rules, without a shell."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.explain.curl import read_curl
from server.explain.hit import Hit, HitError

FORM = ("content-type", "application/x-www-form-urlencoded")
CHROME = r"""curl 'https://sgtm.example/g/collect?v=2&tid=G-ABC1234567&_s=1' \
  -X 'POST' \
  -H 'accept: */*' \
  -H 'content-type: text/plain;charset=UTF-8' \
  -b '_ga=GA1.1.1.2; a=b' \
  -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64)' \
  --data-raw $'en=page_view&ep.q=it\'s\r\nen=scroll&ep.t=\u00fc\x41\101\q' \
  --compressed"""


def test_what_chrome_copies() -> None:
    assert read_curl(CHROME, "f") == [
        Hit(
            "POST",
            "https://sgtm.example/g/collect?v=2&tid=G-ABC1234567&_s=1",
            (
                ("accept", "*/*"),
                ("content-type", "text/plain;charset=UTF-8"),
                ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)"),
                ("cookie", "_ga=GA1.1.1.2; a=b"),
            ),
            "en=page_view&ep.q=it's\r\nen=scroll&ep.t=üAAq".encode(),
        )
    ]


@pytest.mark.parametrize(
    ("command", "hit"),
    [
        ("curl /x", Hit("GET", "/x")),
        ("curl -sS --url /x", Hit("GET", "/x")),
        ("curl -I /x", Hit("HEAD", "/x")),
        ("curl -XPUT /x", Hit("PUT", "/x")),
        ("curl /x -d a=1 -d b=2", Hit("POST", "/x", (FORM,), b"a=1&b=2")),
        ("curl /x --data-raw @a", Hit("POST", "/x", (FORM,), b"@a")),
        (
            "curl /x --data-urlencode 'a=b c' --data-urlencode 'd&e' --data-urlencode '=f g'",
            Hit("POST", "/x", (FORM,), b"a=b%20c&d%26e&f%20g"),
        ),
        ("curl -G /x -d a=1", Hit("GET", "/x?a=1")),
        ("curl -G '/x?b=2' -d a=1", Hit("GET", "/x?b=2&a=1")),
        (
            "curl /x -A agent -e from -u me:pw",
            Hit("GET", "/x", (("user-agent", "agent"), ("referer", "from"), ("authorization", "Basic bWU6cHc="))),
        ),
        ("curl /x -H 'accept:' -H 'empty;'", Hit("GET", "/x")),
        (r'curl "/x?a=\"b\"&c=\n"', Hit("GET", '/x?a="b"&c=\\n')),
        (r"curl /x\ y'z'", Hit("GET", "/x yz")),
        ("curl '/x' \\\r\n  -s", Hit("GET", "/x")),
        ("curl /x$", Hit("GET", "/x$")),
    ],
)
def test_options_that_say_something_about_the_request(command: str, hit: Hit) -> None:
    assert read_curl(command, "f") == [hit]


def test_several_commands_are_several_requests() -> None:
    copied_all = "curl '/a' \\\n  -H 'x: y' ;\ncurl '/b' &\ncurl /c && curl /d\n"
    assert [hit.url for hit in read_curl(copied_all, "f")] == ["/a", "/b", "/c", "/d"]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("", "holds no curl command"),
        ("wget /x", "is not curl"),
        ("curl", "no URL"),
        ("curl /a /b", "2 URLs"),
        ("curl /a --frobnicate", "--frobnicate not recognized"),
        ("curl '/a", "a quote is not closed: '/a"),
        ("curl /a -d @file", "files are not read"),
        ("curl /a -H nonsense", "is not a header"),
        ("curl 'http://[::1'", "is not a URL"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(command: str, why: str) -> None:
    with pytest.raises(HitError, match=f"^f: .*{why}"):
        read_curl(command, "f")


@settings(max_examples=200)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=1, max_size=4))
def test_quoting_is_the_shells(texts: list[str]) -> None:
    command = f"curl /x {' '.join(f'--data-raw {shlex.quote(text)}' for text in texts)}"
    assert read_curl(command, "f")[0].body.decode() == "&".join(texts)


@pytest.mark.parametrize(
    ("written", "title"),
    [(r"K\xc3\xb6ln", "Köln"), (r"K\303\266ln", "Köln"), (r"K\xf6ln", "Köln"), (r"K\u00f6ln", "Köln"), (r"\x41\101", "AA")],
    ids=["bytes", "octal", "as Firefox writes it", "as Chrome writes it", "ASCII"],
)
def test_characters_that_are_written_as_bytes(written: str, title: str) -> None:
    (hit,) = read_curl(f"curl /x --data-raw $'dt={written}'", "f")
    assert hit.body.decode() == f"dt={title}"
