"""What the product promises, tried on the real process: over real sockets, against real destinations, through kills."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.server.process.destination import Behaviour, Destination, close_mid_response, first, hang, status
from tests.server.process.harness import Load, Tagyard, ids

pytestmark = pytest.mark.process

TRANSFORMATIONS = """
transformations:
  no_mail: {type: exclude, parameters: [email]}
  known: {type: allow, parameters: [event_name, client_id, page_*, hit, email, x-ga-*, ga_session_*]}
  stamped: {type: augment, parameters: {shop: "{{ event.page_hostname }}"}}
"""


def config(folder: Path, tags: dict[str, str], extra: str = "") -> Path:
    path = folder / "container.yaml"
    lines = [f"  {name}: {{type: ga4, endpoint: '{url}'}}" for name, url in tags.items()]
    path.write_text("\n".join(["clients: {ga4: {measurement_ids: [G-TEST00001]}}", "tags:", *lines, extra]))
    return path


def test_each_hit_arrives_once_and_only_once_when_nothing_fails(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(config(tmp_path, {"ga4": vendor.url}, TRANSFORMATIONS)) as tagyard:
        sent = ids("hit", 5000)
        load = Load(tagyard.port)
        load.run(sent)
        assert load.acknowledged == set(sent)
        assert vendor.wait_for(set(sent)) == set()
        assert tagyard.stop() == 0
    assert set(vendor.hits.values()) == {1}
    assert all("ep.shop=shop.example" in url and "ep.email" not in url for url, _ in vendor.requests)


SICK: dict[str, Behaviour] = {
    "answering 500": first(40, status("500 Internal Server Error")),
    "throttling": first(5, status("429 Too Many Requests", "Retry-After: 1")),
    "hanging": first(8, hang),
    "closing mid-response": first(20, close_mid_response),
}


def test_what_a_sick_destination_refused_arrives_when_it_is_well_again(tmp_path: Path) -> None:
    late = free_port()
    with contextlib.ExitStack() as stack:
        vendors = {f"sick{number}": stack.enter_context(Destination(sick)) for number, sick in enumerate(SICK.values())}
        tags = {name: vendor.url for name, vendor in vendors.items()} | {"down": f"http://127.0.0.1:{late}"}
        tagyard = stack.enter_context(Tagyard(config(tmp_path, tags)))
        load = Load(tagyard.port)
        load.run(ids("hit", 200))
        assert len(load.acknowledged) == 200
        vendors["down"] = stack.enter_context(Destination(port=late))
        for name, vendor in vendors.items():
            assert vendor.wait_for(load.acknowledged, 150) == set(), name
        assert tagyard.stop() == 0


def test_what_waited_for_the_end_of_an_outage_goes_out_beside_full_traffic(tmp_path: Path) -> None:
    port = free_port()
    with Tagyard(config(tmp_path, {"ga4": f"http://127.0.0.1:{port}"})) as tagyard:
        before = Load(tagyard.port)
        before.run(ids("before", 1500))
        assert len(before.acknowledged) == 1500
        assert tagyard.stop() == 0
        with Destination(port=port) as vendor:
            tagyard.start()
            traffic, over = Load(tagyard.port), threading.Event()
            endless = itertools.takewhile(lambda _: not over.is_set(), (f"during-{number}" for number in itertools.count()))
            sending = threading.Thread(target=lambda: asyncio.run(traffic.stream(endless)))
            sending.start()
            try:
                assert vendor.wait_for(before.acknowledged) == set()
                assert len(traffic.acknowledged) > 100
            finally:
                over.set()
                sending.join(60)
            assert vendor.wait_for(traffic.acknowledged) == set()


@pytest.mark.timeout(1800)  # a hundred rounds on a busy machine
@pytest.mark.parametrize(("workers", "workers_after"), [(1, 1), (2, 2), (2, 1)])
def test_what_was_acknowledged_arrives_although_the_server_is_killed(
    tmp_path: Path, workers: int, workers_after: int, rounds: int
) -> None:
    with Destination() as vendor, Tagyard(config(tmp_path, {"ga4": vendor.url}), workers) as tagyard:
        acknowledged: set[str] = set()
        for number in range(rounds):
            acknowledged |= killed_under_load(tagyard, f"round{number}", enough=400 + 150 * (number % 5))
            tagyard.start()
        tagyard.kill()
        tagyard.workers = workers_after
        tagyard.start()
        assert vendor.wait_for(acknowledged) == set()
        fresh = Load(tagyard.port, connections=1)
        fresh.run(["afterwards"])
        assert vendor.wait_for({"afterwards"}) == set()
    assert len(acknowledged) >= 400 * rounds


def killed_under_load(tagyard: Tagyard, prefix: str, enough: int) -> set[str]:
    """Kills the server once so many hits have been acknowledged, while more are being sent."""
    load = Load(tagyard.port)
    sending = threading.Thread(target=load.run, args=(ids(prefix, 20_000),))
    sending.start()
    while len(load.acknowledged) < enough and sending.is_alive():
        sending.join(0.005)
    tagyard.kill()
    sending.join(60)
    assert not sending.is_alive()
    return load.acknowledged


def test_a_stop_under_load_loses_nothing(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(config(tmp_path, {"ga4": vendor.url})) as tagyard:
        load = Load(tagyard.port)
        sending = threading.Thread(target=load.run, args=(ids("hit", 20_000),))
        sending.start()
        while len(load.acknowledged) < 500:
            sending.join(0.005)
        assert tagyard.stop() == 0
        sending.join(60)
        tagyard.start()
        assert vendor.wait_for(load.acknowledged) == set()
