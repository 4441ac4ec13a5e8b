"""What is changed in a script, and that nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.scripts.rewriting import rewritten, well_formed

GOOGLE = "www.googletagmanager.com"
HOST = "data.example.com"


def changed(text: str, host: str = HOST, prefix: str = "") -> str:
    return rewritten(text.encode(), host, prefix).decode()


@pytest.mark.parametrize(
    ("text", "host", "prefix", "gives"),
    [
        ('a="www.googletagmanager.com";', HOST, "", 'a="data.example.com";'),
        ("a='www.googletagmanager.com';", HOST, "", "a='data.example.com';"),
        ('a="www.googletagmanager.com";', "example.com", "/metrics", 'a="example.com/metrics";'),
        ('a="www.googletagmanager.com"', "example.com:8443", "", 'a="example.com:8443"'),
        ('"www.googletagmanager.com""www.googletagmanager.com"', HOST, "/m", '"data.example.com/m""data.example.com/m"'),
        ('{"1":"www.googletagmanager.com"}', "[::1]:8080", "", '{"1":"[::1]:8080"}'),
    ],
)
def test_the_complete_quoted_host_becomes_ours(text: str, host: str, prefix: str, gives: str) -> None:
    assert changed(text, host, prefix) == gives


@pytest.mark.parametrize("path", ["/gtm.js", "/gtag/js", "/gtag/destination", "/ns.html"])
@pytest.mark.parametrize("after", ["?id=G-1", '"', "'", "&quot;", "", "\\u003Fid=1", " ", "#x", ")"])
def test_the_host_of_a_url_with_a_path_that_is_served_becomes_ours(path: str, after: str) -> None:
    assert changed(f"x='https://{GOOGLE}{path}{after}") == f"x='https://{HOST}{path}{after}"
    assert changed(f"https://{GOOGLE}{path}{after}", prefix="/m") == f"https://{HOST}/m{path}{after}"


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        (r"https:\/\/www.googletagmanager.com\/gtag\/js?id=", r"https:\/\/example.com:8443\/m\/x\/gtag\/js?id="),
        (r"src=\"https:\/\/www.googletagmanager.com\/gtm.js\"", r"src=\"https:\/\/example.com:8443\/m\/x\/gtm.js\""),
        (
            "https%3A%2F%2Fwww.googletagmanager.com%2Fgtag%2Fjs%3Fid%3D1",
            "https%3A%2F%2Fexample.com%3A8443%2Fm%2Fx%2Fgtag%2Fjs%3Fid%3D1",
        ),
        (
            "https%3a%2f%2fwww.googletagmanager.com%2fns.html%3fid",
            "https%3a%2f%2fexample.com%3A8443%2Fm%2Fx%2fns.html%3fid",
        ),
    ],
)
def test_an_escaped_url_is_changed_in_its_own_way_of_escaping(text: str, gives: str) -> None:
    assert changed(text, "example.com:8443", "/m/x") == gives


@pytest.mark.parametrize(
    "text",
    [
        '"https://www.googletagmanager.com"',
        '"https://www.googletagmanager.com/"',
        '"https://www.googletagmanager.com/static/service_worker"',
        '"https://www.googletagmanager.com/a?id="',
        '"https://www.googletagmanager.com/gtm.json"',
        '"https://www.googletagmanager.com/gtm.js/more"',
        '"https://www.googletagmanager.com/gtag/js-next"',
        '"https://www.googletagmanager.com/gtag/jsx"',
        '"https://www.googletagmanager.com/x/gtm.js"',
        '"https://www.googletagmanager.com:8443/gtm.js"',
        r'"https:\/\/www.googletagmanager.com"',
        r'"https:\/\/www.googletagmanager.com\/gtm.js\/more"',
        r'"https:\/\/www.googletagmanager.com/gtm.js"',
        '"https%3A%2F%2Fwww.googletagmanager.com"',
        "https%3A%2F%2Fwww.googletagmanager.com%2Fgtm.js%2Fmore",
        "https%3A%2F%2Fwww.googletagmanager.com/gtm.js",
        '"http://www.googletagmanager.com/gtm.js"',
        '"//www.googletagmanager.com/gtm.js"',
        '"www.googletagmanager.com/gtm.js"',
        "\"www.googletagmanager.com'",
        "'www.googletagmanager.com\"",
        "`www.googletagmanager.com`",
        r"\"www.googletagmanager.com\"",
        r'"say \"www.googletagmanager.com"',
        '" www.googletagmanager.com"',
        '"www.googletagmanager.com."',
        '"WWW.GOOGLETAGMANAGER.COM"',
        '"wwwxgoogletagmanager.com"',
        "www.googletagmanager.com",
        'www.googletagmanager.com"',
        '"www.googletagmanager.com',
        '"googletagmanager.com"',
        '"x.www.googletagmanager.com"',
        "https://www.google-analytics.com/gtm.js",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert changed(text, "example.com", "/metrics") == text


def test_bytes_that_are_no_text_stay() -> None:
    source = bytes(range(256)) + b'"www.googletagmanager.com"' + bytes(range(255, -1, -1))
    assert rewritten(source, HOST, "") == source.replace(GOOGLE.encode(), HOST.encode())


@settings(max_examples=200)
@given(st.lists(st.sampled_from([GOOGLE, '"', "'", "\\", "https://", "/gtm.js", "/", "%2F", ":", "x", "\\/", "é"])))
def test_what_is_left_is_the_source(pieces: list[str]) -> None:
    """Every change is one host for another: with ours turned back, the source is there again."""
    source = "".join(pieces)
    assert changed(source, "host.example").replace("host.example", GOOGLE) == source


@settings(max_examples=200)
@given(st.lists(st.sampled_from([GOOGLE, '"', "'", "\\", "https://", "/gtm.js", "/", "%2F", ":", "x", "\\/"])))
def test_a_second_time_changes_nothing(pieces: list[str]) -> None:
    once = changed("".join(pieces), prefix="/m")
    assert changed(once, prefix="/m") == once


@pytest.mark.parametrize(
    ("host", "gives"),
    [
        ("data.example.com", "data.example.com"),
        ("Data.Example.COM:8443", "data.example.com:8443"),
        ("localhost", "localhost"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("my_host.example.", "my_host.example."),
        ("192.0.2.1:80", "192.0.2.1:80"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("[2001:DB8::1]:8443", "[2001:db8::1]:8443"),
    ],
)
def test_a_host_that_can_stand_in_a_url(host: str, gives: str) -> None:
    assert well_formed(host) == gives


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        " ",
        "a b",
        'x"+alert(1)+"',
        "x'y",
        "a/b",
        "a\\b",
        "user@host",
        "a:b",
        "a:",
        "a:123456",
        "a..b",
        ".a",
        "-a.example",
        "a-.example",
        "a\n",
        "bücher.example",
        "a,b",
        "a%2eb",
        "[",
        "[]",
        "[::1",
        "::1",
        "[x]",
        "<script>",
        "a" * 64,
        ".".join(["a" * 60] * 5),
    ],
)
def test_a_host_that_can_not(host: str | None) -> None:
    assert well_formed(host) is None


@settings(max_examples=300)
@given(st.text(max_size=30))
def test_no_host_can_end_a_text_of_the_script(host: str) -> None:
    found = well_formed(host)
    assert found is None or not set(found) & set("\"'\\<>/ \r\n`$;()&")
