"""An outbox in streams, tried on real processes and a real nats-server: replicas that share the work, through kills."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from config import OutboxSettings
from server.outbox import OutboxFull
from server.outbox.jetstream import Names, connect, wanted
from server.outbox.jetstream.streams import make
from tests.ports import free_port
from tests.server.outbox.servers import Nats, cluster, serving
from tests.server.outbox.streams import Server, running
from tests.server.process import forked
from tests.server.process.destination import Destination, status
from tests.server.process.harness import Load, Tagyard, ids
from tests.waiting import until

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the streams of an outbox."""
    with running(tmp_path_factory.mktemp("nats")) as server:
        yield server


async def made(url: str, stream: str, *, replicas: int = 1, max_bytes: int = 1 << 30) -> None:
    link = await connect(OutboxSettings(url=f"{url}/{stream}"))
    async with asyncio.timeout(60):
        while True:  # a cluster that has just begun may have no leader yet
            try:
                await make(link, wanted(Names(stream), replicas=replicas, max_bytes=max_bytes))
                break
            except OutboxFull:
                await asyncio.sleep(0.2)
    await link.close()


def config(folder: Path, nats: Server, stream: str, vendor: str, extra: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "container.yaml"
    path.write_text(
        "clients: {ga4: {measurement_ids: [G-TEST00001]}}\n"
        f"tags: {{ga4: {{type: ga4, endpoint: '{vendor}'}}}}\n"
        f"outbox: {{url: '{nats.url}/{stream}'}}\n"
        f"{extra}"
    )
    return path


def test_each_hit_arrives_once_and_only_once_when_nothing_fails(tmp_path: Path, nats: Server) -> None:
    asyncio.run(made(nats.url, "ONCE"))
    with Destination() as vendor, Tagyard(config(tmp_path / "a", nats, "ONCE", vendor.url)) as tagyard:
        sent = ids("hit", 2000)
        load = Load(tagyard.port)
        load.run(sent)
        assert load.acknowledged == set(sent)
        assert vendor.wait_for(set(sent)) == set()
        assert tagyard.stop() == 0
    assert set(vendor.hits.values()) == {1}


def killed_under_load(killed: Tagyard, other: Tagyard, prefix: str, enough: int) -> set[str]:
    """Both have load; one is killed once it has acknowledged so many hits. What both have acknowledged."""
    loads = [Load(killed.port), Load(other.port)]
    sending = [threading.Thread(target=load.run, args=(ids(f"{prefix}-{load.port}", enough + 300),)) for load in loads]
    for thread in sending:
        thread.start()
    while len(loads[0].acknowledged) < enough and sending[0].is_alive():
        time.sleep(0.005)
    killed.kill()
    for thread in sending:
        thread.join()
    return loads[0].acknowledged | loads[1].acknowledged


@pytest.mark.timeout(3600)
def test_what_a_killed_replica_had_in_hand_is_sent_by_the_other(tmp_path: Path, nats: Server, rounds: int) -> None:
    asyncio.run(made(nats.url, "KILLED"))
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    acknowledged: set[str] = set()
    with contextlib.ExitStack() as stack:
        vendor = stack.enter_context(Destination())
        pods = [stack.enter_context(Tagyard(config(tmp_path / name, nats, "KILLED", vendor.url))) for name in "ab"]
        for number in range(rounds):
            dying, other = chance.sample(pods, 2)
            acknowledged |= killed_under_load(dying, other, f"round{number}", enough=chance.randrange(1, 800))
            if number < rounds - 1:
                dying.start()
        assert vendor.wait_for(acknowledged) == set()
        twice = sum(times - 1 for times in vendor.hits.values())
        print(f"{rounds} kills: {len(acknowledged)} acknowledged, none lost, {twice} sent again")
        assert other.stop() == 0


def test_an_operator_sees_what_all_replicas_have_before_them_whether_or_not_one_runs(tmp_path: Path, nats: Server) -> None:
    asyncio.run(made(nats.url, "LOOK"))
    with contextlib.ExitStack() as stack:
        sick = stack.enter_context(Destination(status("503 Unwell")))
        pods = [
            stack.enter_context(Tagyard(config(tmp_path / name, nats, "LOOK", sick.url), workers))
            for name, workers in (("a", 1), ("b", 2))
        ]
        sent = ids("hit", 6)
        for pod in pods:
            Load(pod.port, connections=1).run(sent[:3] if pod is pods[0] else sent[3:])
        until(lambda: counted(pods) == 6)
        for pod in pods:
            assert waiting(pod.config) == 6, "each row once, however many workers a pod has"
        assert pods[0].stop() == 0
        until(lambda: counted(pods[1:]) == 6)
        assert pods[1].stop() == 0
        assert waiting(pods[0].config) == 6
        assert waiting(pods[0].config, "--data", str(tmp_path)) == 6, (
            "the folder has nothing of it, and the file says where it is"
        )
        assert "6 rows" in outbox("drop", "--tag", "ga4", "--yes", pods[1].config)
        assert waiting(pods[0].config) == 0


def outbox(command: str, *options: str | Path) -> str:
    """What ``tagyard outbox`` prints."""
    done = forked.command("outbox", command, *map(str, options))
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def counted(pods: Sequence[Tagyard]) -> float:
    """What Prometheus makes of the rows of all pods, by their sum."""
    pages = [httpx.get(f"http://127.0.0.1:{pod.admin}/metrics", trust_env=False).text for pod in pods]
    lines = [line for page in pages for line in page.splitlines() if line.startswith("tagyard_outbox_rows{")]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def waiting(config: Path, *options: str) -> int:
    """How many rows there are, as an operator is told."""
    return len(json.loads(outbox("list", "--json", *options, config)))


def test_a_key_that_one_replica_has_let_in_keeps_out_what_another_is_sent(tmp_path: Path, nats: Server) -> None:
    asyncio.run(made(nats.url, "TWICE"))
    extra = "deduplicate: {bought: {triggers: all, key: '{{ event.hit }}', window: 1h}}\n"
    with contextlib.ExitStack() as stack:
        vendor = stack.enter_context(Destination())
        pods = [stack.enter_context(Tagyard(config(tmp_path / name, nats, "TWICE", vendor.url, extra))) for name in "ab"]
        sent = ids("hit", 120)
        loads = [Load(pod.port, connections=16) for pod in pods]
        sending = [threading.Thread(target=load.run, args=(sent,)) for load in loads]
        for thread in sending:
            thread.start()
        for thread in sending:
            thread.join()
        acknowledged = loads[0].acknowledged | loads[1].acknowledged
        assert len(acknowledged) > 20
        assert vendor.wait_for(acknowledged) == set()
        for pod in pods:
            again = Load(pod.port, connections=4)
            again.run(acknowledged)
            assert again.acknowledged == acknowledged
            assert pod.stop() == 0
        assert {vendor.hits[hit] for hit in acknowledged} == {1}


def test_a_full_stream_refuses_what_comes_and_loses_nothing_of_what_was_taken(tmp_path: Path, nats: Server) -> None:
    asyncio.run(made(nats.url, "FULL", max_bytes=512 << 10))
    port = free_port()
    with Tagyard(config(tmp_path / "a", nats, "FULL", f"http://127.0.0.1:{port}")) as tagyard:
        load = Load(tagyard.port, connections=8)
        load.run(ids("hit", 3000))
        assert set(load.refused.values()) == {503}
        assert load.acknowledged
        with Destination(port=port) as vendor:
            assert vendor.wait_for(load.acknowledged) == set()
            until(lambda: all(worker["accepting"] for worker in tagyard.ready()["workers"]))
            after = Load(tagyard.port, connections=1)
            after.run(["after"])
            assert vendor.wait_for({"after"}) == set()
        assert tagyard.stop() == 0


def test_without_a_server_new_hits_are_refused_and_nobody_is_started_again(tmp_path: Path) -> None:
    alone = Nats(tmp_path / "n")
    with serving(alone), Destination() as vendor:
        asyncio.run(made(f"nats://127.0.0.1:{alone.port}", "GONE"))
        (tmp_path / "a").mkdir()
        with Tagyard(config(tmp_path / "a", Server(f"nats://127.0.0.1:{alone.port}", None), "GONE", vendor.url)) as tagyard:
            before = Load(tagyard.port, connections=4)
            before.run(ids("before", 50))
            assert len(before.acknowledged) == 50
            alone.stop()
            until(lambda: not any(worker["accepting"] for worker in tagyard.ready()["workers"]))
            during = Load(tagyard.port, connections=1)
            during.run(["during"])
            assert during.refused == {"during": 503}
            alone.start()
            until(lambda: all(worker["accepting"] for worker in tagyard.ready()["workers"]))
            after = Load(tagyard.port, connections=4)
            after.run(ids("after", 50))
            assert vendor.wait_for(before.acknowledged | after.acknowledged) == set()
            assert len(after.acknowledged) == 50
            assert tagyard.stop() == 0


@pytest.mark.timeout(900)
def test_a_cluster_that_loses_a_server_and_later_another_loses_no_hit(tmp_path: Path) -> None:
    servers = cluster(tmp_path, 3)
    url = ",".join(["nats://" + server.url.partition("//")[2].partition("/")[0] for server in servers][:1]) + "".join(
        f",127.0.0.1:{server.port}" for server in servers[1:]
    )
    with serving(*servers), Destination() as vendor:
        asyncio.run(made(url, "THREE", replicas=3))
        (tmp_path / "a").mkdir()
        file = tmp_path / "a" / "container.yaml"
        file.write_text(
            "clients: {ga4: {measurement_ids: [G-TEST00001]}}\n"
            f"tags: {{ga4: {{type: ga4, endpoint: '{vendor.url}'}}}}\noutbox: {{url: '{url}/THREE'}}\n"
        )
        with Tagyard(file) as tagyard:
            acknowledged: set[str] = set()
            refused = 0
            for number, disturbed in enumerate((servers[0], servers[1])):
                load, disturbing = Load(tagyard.port), threading.Thread(target=disturb, args=(disturbed,))
                disturbing.start()
                part = 0
                while disturbing.is_alive():
                    load.run(ids(f"{number}-{part}", 400))
                    part += 1
                until(lambda: healthy(servers) and all(worker["accepting"] for worker in tagyard.ready()["workers"]))
                after = Load(tagyard.port)
                after.run(ids(f"{number}-after", 400))
                assert len(after.acknowledged) == 400
                acknowledged |= load.acknowledged | after.acknowledged
                refused += len(load.refused)
            assert vendor.wait_for(acknowledged, 90) == set()
            twice = sum(times - 1 for times in vendor.hits.values())
            print(f"two servers killed: {len(acknowledged)} acknowledged, none lost, {refused} refused, {twice} sent again")
            assert tagyard.stop(30) == 0


def disturb(server: Nats) -> None:
    """Kills it under load, and starts it again ten seconds later."""
    time.sleep(0.5)
    server.stop()
    time.sleep(10)
    server.start()


def healthy(servers: Sequence[Nats]) -> bool:
    """Whether each of them says that it is."""
    return all(server.ready for server in servers)
