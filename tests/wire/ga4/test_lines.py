"""Bodies as senders write them, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.ga4.decode import decode_hit
from wire.ga4.findings import MOST, Findings
from wire.ga4.lines import read_lines
from wire.limits import MOST_EVENTS, OversizedError

URL = "v=2&tid=G-1&cid=1.2"


def named(body: bytes, url: str = URL) -> list[str]:
    return [event["event_name"] for event in decode_hit(url, body).events]


def codes(body: bytes, url: str = URL) -> list[tuple[str, str]]:
    return [(each.field_path, each.code) for each in decode_hit(url, body).findings]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r", b"\n\r", b"\r\r\n"])
def test_lines_end_with_either_or_both(ending: bytes) -> None:
    body = ending.join([b"en=a&ep.x=1", b"en=b", b""])
    assert named(body) == ["a", "b"]
    assert codes(body) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_skipped(encoding: str) -> None:
    [event] = decode_hit(URL, "en=a&dt=Köln".encode(encoding)).events
    assert (event["event_name"], event["page_title"]) == ("a", "Köln")
    assert not [key for key in event if "\ufeff" in key]


def test_a_line_of_spaces_is_an_empty_one() -> None:
    assert (named(b"en=a\r\n \t\r\nen=b\n  "), codes(b"en=a\r\n \t\r\nen=b\n  ")) == (["a", "b"], [])


def test_a_line_break_that_is_encoded_is_part_of_a_value() -> None:
    assert named(b"en=a&ep.x=1%0D%0Aen%3Db") == ["a"]


JUNK = ["undefined", "null", "[object Object]", "{}", "[]", '""', "NaN", "true", "a&b", "Ann Doe, 7 Main Street"]


@pytest.mark.parametrize("junk", JUNK)
class TestWhatIsNoHit:
    def test_it_leaves_the_event_of_the_url_as_it_is(self, junk: str) -> None:
        decoded = decode_hit(f"{URL}&en=page_view", junk.encode())
        assert decoded.events == decode_hit(f"{URL}&en=page_view", b"").events
        assert [(each.field_path, each.code) for each in decoded.findings] == [("line 1", "NOT_A_HIT")]
        shown = junk in decoded.findings[0].description
        assert shown is (junk in JUNK[:8])

    def test_it_is_no_event_between_others(self, junk: str) -> None:
        body = f"en=a\r\n{junk}\r\nen=b".encode()
        assert named(body) == ["a", "b"]
        assert codes(body) == [("line 2", "NOT_A_HIT")]

    def test_without_any_event_that_is_said_as_well(self, junk: str) -> None:
        decoded = decode_hit(URL, junk.encode())
        assert (decoded.events, decoded.skipped) == ([], 1)
        assert [each.code for each in decoded.findings] == ["NOT_A_HIT", "NO_EVENT_NAME"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"client_id":"1.2","events":[{"name":"a","params":{"page_location":"https://a.b/?en=c"}}]}', "/mp/collect"),
        (b'{\n  "client_id": "1.2",\n  "dl": "https://a.b/?en=c",\nen=d\n}', "/mp/collect"),
        (b'\xef\xbb\xbf[{"en":"a=b"}]', "/mp/collect"),
        (b'"en=a&ep.x=1"', "quotation marks"),
        (b"<html><body a=b>\nen=a\n</body></html>", "markup"),
        (b'--x\r\nContent-Disposition: form-data; name="en"\r\n\r\na\r\n--x--\r\n', "multipart/form-data"),
        (b"\x1f\x8b\x08\x00=\x00\nen=a", "compressed"),
    ],
)
def test_a_body_of_another_kind_is_named_and_is_no_event(body: bytes, said: str) -> None:
    decoded = decode_hit(f"{URL}&en=page_view", body)
    assert decoded.events == decode_hit(f"{URL}&en=page_view", b"").events
    [finding] = decoded.findings
    assert (finding.field_path, finding.code) == ("body", "NOT_A_HIT")
    assert said in finding.description
    assert "name=value" in finding.description


def test_a_line_without_the_name_of_an_event_is_told() -> None:
    assert codes(b"en=a\r\nep.x=1\r\nen=\r\nen=b") == [("hit 2", "NO_EVENT_NAME"), ("hit 3", "NO_EVENT_NAME")]
    assert codes(b"") == [("en", "NO_EVENT_NAME")]
    assert named(b"ep.x=1", f"{URL}&en=page_view") == ["page_view"]


@pytest.mark.parametrize("line", [b"x\n", b"en\r", b"jo@shop.example\n"])
def test_a_body_full_of_junk_is_told_of_a_few_times_and_refused_where_it_is_too_much(line: bytes) -> None:
    findings = Findings()
    assert read_lines(line * MOST_EVENTS, findings) == []
    assert len(findings.told) == MOST
    with pytest.raises(OversizedError):
        read_lines(line * (MOST_EVENTS + 1), findings)


pieces = st.sampled_from(["en=", "a", "=", "&", "\r", "\n", "\ufeff", "{", "undefined", '"', "\x00", "["])


@settings(max_examples=300)
@given(st.lists(pieces, max_size=25))
def test_no_name_of_an_event_has_a_line_break_in_it(body: list[str]) -> None:
    for name in named("".join(body).encode(), f"{URL}&en=x"):
        assert "\r" not in name
        assert "\n" not in name
