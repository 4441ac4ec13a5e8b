from __future__ import annotations

import pytest

from core.types import Finding
from wire.ga4.decode import decode_hit
from wire.ga4.findings import Findings
from wire.ga4.times import own_time

NOW = 1_764_340_311_502_000
HOUR = 3_600_000_000
URL = "v=2&tid=G-1&cid=1.2"


def read(**hit: str) -> tuple[int | None, list[Finding]]:
    findings = Findings()
    return own_time(hit, NOW, findings), list(findings.told)


@pytest.mark.parametrize(
    ("hit", "time"),
    [
        ({"ht": "1764340309313"}, 1_764_340_309_313_000),
        ({"ht": "1764333111502.25"}, 1_764_333_111_502_250),
        ({"qt": "7200000"}, NOW - 2 * HOUR),
        ({"qt": "0"}, NOW),
        ({"qt": "1500.5"}, NOW - 1_500_500),
        ({"ht": "1764333111502", "qt": "60000"}, 1_764_333_111_502_000),
        ({"ht": "", "qt": "60000"}, NOW - 60_000_000),
        ({"ht": "1764340371502"}, NOW + 60_000_000),
        ({"ht": "", "qt": ""}, None),
        ({}, None),
    ],
)
def test_a_hit_says_when_it_happened(hit: dict[str, str], time: int | None) -> None:
    assert read(**hit) == (time, [])


@pytest.mark.parametrize(("hit"), [{"ht": "1764340309313"[:-1] + "3", "qt": "x"}, {"ht": "1764340309313", "qt": "-1"}])
def test_the_second_is_not_looked_at_where_the_first_says_it(hit: dict[str, str]) -> None:
    assert read(**hit) == (1_764_340_309_313_000, [])


@pytest.mark.parametrize(
    ("hit", "time"),
    [
        ({"ht": str((NOW - 73 * HOUR) // 1000)}, NOW - 71 * HOUR),
        ({"ht": "1000000000000"}, NOW - 71 * HOUR),
        ({"qt": str(73 * 3_600_000)}, NOW - 71 * HOUR),
        ({"qt": "9999999999999"}, NOW - 71 * HOUR),
        ({"ht": str((NOW + HOUR) // 1000)}, None),
        ({"ht": "9999999999999"}, None),
    ],
)
def test_a_time_that_google_would_not_take_is_bounded_and_told(hit: dict[str, str], time: int | None) -> None:
    found, [finding] = read(**hit)
    assert found == time
    assert (finding.field_path, finding.code) == (next(iter(hit)), "VALUE_OUT_OF_BOUNDS")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(
            ("ht", text)
            for text in ("now", "-1", "0", "12", "1e12", "2025-11-28T14:31:51Z", "1" * 400, "NaN", "undefined", "１" * 13)
        ),
        *(("qt", text) for text in ("soon", "-1", "1e3", "NaN", "1" * 14, "1" * 400, "+5", "null")),
    ],
)
def test_what_is_no_time_is_told_and_no_time_is_made_up(name: str, text: str) -> None:
    found, [finding] = read(**{name: text})
    assert found is None
    assert (finding.field_path, finding.code) == (name, "NOT_A_TIME")


def test_where_the_clock_is_none_the_age_counts() -> None:
    found, [finding] = read(ht="x", qt="60000")
    assert found == NOW - 60_000_000
    assert finding.code == "NOT_A_TIME"


@pytest.mark.parametrize(
    ("text", "unit"), [("1764333111", "seconds"), ("1764333111.502", "seconds"), ("1764333111502000", "micro")]
)
def test_a_time_in_another_unit_is_known_by_its_size(text: str, unit: str) -> None:
    found, [finding] = read(ht=text)
    assert found is not None
    assert found // 1_000_000 == 1_764_333_111
    assert finding.code == "TIME_UNIT"
    assert unit in finding.description


def test_each_line_of_a_batch_has_its_own_time_and_keeps_what_it_said() -> None:
    body = b"en=a&ht=1764333111502\r\nen=b&qt=60000\r\nen=c"
    one, two, three = decode_hit(URL, body, NOW).events
    assert (one["x-mp-timestamp_micros"], one["x-ga-mp2-ht"]) == (1_764_333_111_502_000, "1764333111502")
    assert (two["x-mp-timestamp_micros"], two["x-ga-mp2-qt"]) == (NOW - 60_000_000, "60000")
    assert "x-mp-timestamp_micros" not in three


def test_nonsense_is_kept_as_a_parameter_and_is_no_time() -> None:
    decoded = decode_hit(f"{URL}&en=a&ht=soon", b"", NOW)
    assert decoded.events[0]["x-ga-mp2-ht"] == "soon"
    assert "x-mp-timestamp_micros" not in decoded.events[0]
    assert [each.code for each in decoded.findings] == ["NOT_A_TIME"]
