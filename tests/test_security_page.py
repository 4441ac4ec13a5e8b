"""docs/security.md and docs/privacy.md: their numbers and headers are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from config import ServerSettings
from server.admin.sign_in.attempts import ALL, EACH
from server.admin.sign_in.guard import POLICY
from server.admin.sign_in.signed_in import LASTS
from server.connections.refusals import MAX_FIELDS, MAX_HEAD, MAX_URL
from server.connections.timed import BODY, BODY_IDLE, BODY_RATE, FIRST_BYTE, HEAD
from server.connections.uploads import MOST_HELD
from server.delivery.answers import LONGEST
from server.http.limits import HttpLimits
from server.observe import refused_requests, watching
from server.observe.recorder import MOST_BYTES as RECORDED_BYTES
from server.public.limits import MOST_REMEMBERED
from wire.depth import MOST_LEVELS
from wire.limits import MOST_BYTES

SECURITY = " ".join(Path("docs/security.md").read_text(encoding="utf-8").split())
PRIVACY = Path("docs/privacy.md").read_text(encoding="utf-8")


def says(sentence: str) -> bool:
    return sentence in SECURITY


def test_the_limits_of_a_request_are_those_of_the_code() -> None:
    kibibyte = 1024
    assert says(f"| {MAX_URL // kibibyte} KiB · {MAX_HEAD // kibibyte} KiB · {MAX_FIELDS} |")
    assert says(f"| cookies | {ServerSettings().max_cookies // kibibyte} KiB |")
    assert says(f"| body | {ServerSettings().max_body >> 20} MiB; a client takes {MOST_BYTES // kibibyte} KiB")
    assert says(f"| connections of a worker | {ServerSettings().max_connections:,};")
    assert says(f"| within {FIRST_BYTE:.0f} s · {HEAD:.0f} s |")
    assert says(f"| {BODY:.0f} s, no pause of {BODY_IDLE:.0f} s, {BODY_RATE // 1000} kB/s after that |")
    assert says(f"| incomplete requests together | {MOST_HELD >> 20} MiB |")
    assert says(f"**JSON** may be {MOST_LEVELS} deep")
    assert (ServerSettings().rate_limit, ServerSettings().max_connections_per_address) == (None, None)


def test_what_is_said_of_the_debug_page_is_so() -> None:
    assert says(f"```text {POLICY} ```")
    assert (EACH, ALL, LASTS) == ((5, 5_000_000), (50, 1_000_000), 12 * 3600)
    assert ServerSettings().admin.host == "127.0.0.1"


def test_what_an_answer_may_cost_is_so() -> None:
    limits = HttpLimits()
    assert says(f"read up to {limits.body >> 20} MiB, within {limits.total:.0f} s")


def test_what_is_kept_is_as_much_as_the_page_on_privacy_says() -> None:
    assert f"up to {LONGEST:,} characters of the destination's answer" in PRIVACY
    assert f"`server.recorded_requests`, {ServerSettings().recorded_requests}; {RECORDED_BYTES >> 20} MiB" in PRIVACY
    assert f"| up to {watching.MOST}, until" in PRIVACY
    assert f"| the latest {refused_requests.MOST}, or a restart |" in PRIVACY
    lengths = refused_requests.LONGEST_LINE, refused_requests.LONGEST_FIELDS
    assert "the request line ({} bytes) and of the header fields ({:,})".format(*lengths) in PRIVACY
    assert f"the latest {MOST_REMEMBERED:,}, or a restart" in PRIVACY
    assert ServerSettings().log.access == 0


def test_each_kind_of_data_says_how_it_is_less_or_gone() -> None:
    table = PRIVACY.partition("## What is where")[2].partition("\n\nThe data folder")[0]
    rows = re.findall(r"^\| \*\*.+ \|$", table, re.MULTILINE)
    assert len(rows) > 15
    assert all(len(row.split(" | ")) == 5 for row in rows)
