"""Which host stands in a script: the visitor's, and nobody else's."""

from __future__ import annotations

import asyncio

import pytest

from server.scripts.hosts import KnownHosts
from server.scripts.variants import MOST
from tests.server.scripts.conftest import FRAME, SOURCE, Bench, Run, headers
from tests.server.scripts.made import DECODERS, made


class TestHosts:
    @pytest.mark.parametrize("host", ["", "a b", 'x"+alert(1)+"', "user@host", "a/b", "evil.example\t", "ü.example"])
    def test_one_that_is_none_is_refused(self, run: Run, host: str) -> None:
        async def test(bench: Bench) -> None:
            reply = await bench.get(host=host)
            assert (reply.status, dict(reply.headers)["cache-control"]) == (400, "no-store")
            assert bench.google.asked == []

        run(test)

    @pytest.mark.parametrize("accept", ["", "br"])
    def test_a_made_up_one_is_in_nobody_elses_script(self, run: Run, accept: str) -> None:
        async def test(bench: Bench) -> None:
            ours = (await bench.get(accept_encoding=accept)).body
            for number in range(100):
                made_up = f"evil{number}.example"
                reply = await bench.get(host=made_up, accept_encoding=accept)
                assert DECODERS[accept](reply.body) == b'load("%s")' % made_up.encode()
            assert (await bench.get(accept_encoding=accept)).body == ours
            assert len(bench.google.asked) == 1
            [row] = await bench.rows()
            assert row["variants"] == MOST

        run(test)

    def test_many_at_once_do_not_keep_anybody_waiting_for_a_compression(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            bench.google.body = made()
            await bench.get()
            replies = await asyncio.gather(*(bench.get(host=f"h{n}.example", accept_encoding="br") for n in range(20)))
            encodings = [headers(reply).get("content-encoding", "") for reply in replies]
            assert encodings.count("br") == 8
            assert all(
                f'"h{n}.example"'.encode() in DECODERS[how](reply.body)
                for n, (how, reply) in enumerate(zip(encodings, replies, strict=True))
            )

        run(test)


class TestAHostThatIsNobodys:
    @pytest.mark.parametrize("accept", ["", "br"])
    def test_it_is_in_no_script_and_is_counted(self, run: Run, accept: str) -> None:
        async def test(bench: Bench) -> None:
            for host in ("data.example.com", "example.com:8443", "localhost:8080", "127.0.0.1"):
                reply = await bench.get(host=host, accept_encoding=accept)
                assert DECODERS[accept](reply.body) == b'load("%s")' % host.encode()
            for number in range(100):
                reply = await bench.get(host=f"evil{number}.example", accept_encoding=accept)
                assert DECODERS[accept](reply.body) == SOURCE
            [row] = await bench.rows()
            assert row["variants"] <= 10
            told = (await bench.scripts.operate(refresh=False))["unknown_hosts"]
            assert (told[0], told[-1], len(told)) == (["evil0.example", 1], ["(other)", 50], 51)

        run(test, hosts=KnownHosts(sites=["example.com"]))

    def test_it_frames_nothing_of_its_own(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            policy = headers(await bench.get(FRAME, host="evil.example"))["content-security-policy"]
            assert policy == "frame-ancestors 'self'"

        run(test, hosts=KnownHosts(sites=["example.com"]))
