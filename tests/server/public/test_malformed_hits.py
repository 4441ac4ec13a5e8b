"""Hits that no browser sends: none of them is our fault."""

from __future__ import annotations

import pytest

from tests.server.public.bench import HOST, Bench, ga4, length, piece

MALFORMED: list[tuple[bytes, bytes]] = [
    (b"en=%zz%", b""),
    (b"en=%ff%fe&ep.x=%c3%28", b""),
    (b"en=a%00b&ep.%00=%00", b""),
    (b"en=page_view&ep.x=%ed%a0%80", b""),
    (b"&".join(b"ep.p%d=%d" % (i, i) for i in range(10_000)), b""),
    (b"", b"&".join(b"ep.p%d=%d" % (i, i) for i in range(100))),
    (b"", b"\xff\xfe\0\r\n" * 100),
    (b"", b"\n" * 900),
    (b"", b"en=a\r\nen=b\r\n\r\nen=\n&&&===\n%"),
    (b"en=x&epn.v=nan&epn.w=1e999&epn.x=-&_et=abc&sid=x&sct=&seg=9&_s=-1", b""),
    (b"en=purchase&pr1=id~~nm~pr9&pr2=" + b"~" * 800 + b"&pr999999999999=idX&pr0=&pr1=", b""),
    (b"en=x&gcs=G1&gcd=zzzzzzzzzzz&dma=x&npa=&_p=&_eu=&ul=&sr=x&cid=&cid=1.2", b""),
    (b"tid=G-ABC1234567&v=3", b""),
    (b"=&==&=x&en", b""),
    ("en=ü&ep.ü=ü".encode(), "en=ü".encode()),
    (b"en=" + b"x" * 10_000, b""),
    (b"ep." + b"a." * 3000 + b"=1&en=x", b""),
]


@pytest.mark.parametrize("number", range(len(MALFORMED)))
def test_no_hit_however_malformed_is_our_fault(number: int) -> None:
    query, body = MALFORMED[number]
    bench = Bench(ga4())
    query = b"v=2&tid=G-ABC1234567&cid=1.2&" + query
    method = "POST" if body else "GET"
    call = bench.request(piece(body), query=query, method=method, headers=length(len(body)) if body else [HOST]).now()
    assert 200 <= call.status < 500
    assert not bench.counts.failures
