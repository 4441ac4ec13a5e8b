"""The request as it came, what each client said to it, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.explain.curl import read_curl
from server.inspection.incoming import address, as_curl, clients, findings, incoming
from server.inspection.look import Look
from tests.server.inspection.conftest import FILE, Desk


def test_the_path_is_told_as_it_came(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FILE + "server: {path_prefix: /metrics}\n")
    look = Look(desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2&en=a")), 0)
    assert incoming(look)["url"].startswith("/metrics/g/collect?")
    assert "'http://localhost/metrics/g/collect?" in as_curl(look)


@pytest.mark.parametrize(("ip", "shown"), [(None, None), ("203.0.113.9", "•••")])
def test_an_address_is_personal(desk: Desk, ip: str | None, shown: str | None) -> None:
    look = Look(desk.hit(ip=ip), 0)
    assert (address(look), incoming(look)["ip"]) == (shown, shown)
    assert address(Look(look.record, 0, reveal=True)) == ip


def test_a_client_that_was_not_asked_is_told_apart_from_one_that_passed(desk: Desk) -> None:
    body = {"client_id": "1.2", "events": [{"name": "a"}]}
    assert [(each["name"], each["type"], each["asked"]) for each in clients(Look(desk.measurement(body), 0))] == [
        ("web", "ga4", "passed"),
        ("backend", "measurement_protocol", "claimed"),
    ]
    assert [each["asked"] for each in clients(Look(desk.hit(), 0))] == ["claimed", "not asked"]
    assert clients(Look(desk.hit(), 0, given=True)) == []


def test_what_is_wrong_is_told_masked(desk: Desk) -> None:
    body = {"client_id": "1.2", "events": [{"name": "bad name ann@b.example"}]}
    found = findings(Look(desk.measurement(body), 0))
    assert found
    assert "ann@b.example" not in str(found)


def test_a_body_that_was_compressed_is_sent_again_as_it_reads(desk: Desk) -> None:
    headers = (("content-encoding", "identity"), ("content-type", "text/plain"), ("host", "data.shop.example"))
    (hit,) = read_curl(as_curl(Look(desk.hit(body=b"en=b", headers=headers), 0)), "shown")
    assert (hit.body, dict(hit.headers)["content-type"]) == (b"en=b", "text/plain")
    assert not {"content-encoding", "host"} & dict(hit.headers).keys()
