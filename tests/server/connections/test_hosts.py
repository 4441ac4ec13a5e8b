"""Which hosts a request may name, and how many are remembered."""

from __future__ import annotations

import pytest

from server.connections import fields
from server.connections.fields import MAX_COOKIES, MOST_HOSTS
from server.connections.terms import Terms
from tests.server.connections.echo import Echo, run
from tests.server.raw import exchange, serving

HOSTS = {
    b"data.example.com": True,
    b"data.example.com:8080": True,
    b"DATA.Example.COM.": True,
    b"localhost": True,
    b"under_score-2:65535": True,
    b"host:": True,
    b"127.0.0.1:80": True,
    b"[2001:db8::1]": True,
    b"[::ffff:127.0.0.1]:8080": True,
    b"x" * 250 + b".com": True,
    b"": True,
    b" a\t": True,
    b"a b": False,
    b"a:b:c": False,
    b"a:b": False,
    b"host:65536": False,
    b"host:99999": False,
    b"host:-1": False,
    b"host:000080": False,
    b":8080": False,
    b".": False,
    b".example.com": False,
    b"a..b": False,
    b"user@host": False,
    b"user:secret@host": False,
    b"host/path": False,
    b"host?query": False,
    b"host#fragment": False,
    b"a,b": False,
    b"a;b": False,
    b"a%62": False,
    b"a\\b": False,
    b"<script>": False,
    b"'a'": False,
    b"a\tb": False,
    b"k\xc3\xb6ln.example": False,
    b"k\xf6ln.example": False,
    b"http://host": False,
    b"2001:db8::1": False,
    b"[2001:db8::1": False,
    b"[1:2:3]": False,
    b"[fe80::1%25eth0]": False,
    b"[127.0.0.1]x": False,
    b"[]": False,
    b"x" * 300: False,
}


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: ascii(host.decode("latin-1"))[:30])
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_a_host_is_a_name_or_an_address_with_a_port_or_without(host: bytes, version: bytes) -> None:
    told: list[str] = []

    async def scenario() -> None:
        async with serving(Echo(), terms=Terms(closed=lambda refusal, *_: told.append(refusal.reason))) as (_, port):
            for _ in range(2):
                asked = b"GET / HTTP/%s\r\nHost: %s\r\n\r\n" % (version, host)
                assert (await exchange(port, asked))[0] == (200 if HOSTS[host] else 400)
            assert told == ([] if HOSTS[host] else ["malformed_host"] * 2)

    run(scenario)


def test_hosts_that_senders_make_up_are_not_remembered_without_an_end() -> None:
    for number in range(3 * MOST_HOSTS):
        host = (b"host", b"h%d.example" % number)
        fields.check([host], 20, MAX_COOKIES, lambda: "1.1")
    assert len(fields._HOSTS) <= MOST_HOSTS
