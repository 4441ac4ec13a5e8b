"""A purchase that is sent twice is forwarded once: by one worker or two, at once, and through a kill between any two steps."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.server.process.destination import Destination
from tests.server.process.harness import Load, Tagyard, ids
from tests.waiting import until

pytestmark = pytest.mark.process

CONFIG = """
clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}
triggers: {{purchases: {{when: "event.event_name in ('purchase', 'refund')"}}}}
deduplicate: {{orders: {{triggers: [purchases], key: "{{{{ event.transaction_id }}}}", window: 30d}}}}
tags: {{ga4: {{endpoint: '{url}'}}}}
"""


def config(folder: Path, url: str) -> Path:
    path = folder / "container.yaml"
    path.write_text(CONFIG.format(url=url))
    return path


def purchase(id: str, event: str = "purchase") -> str:
    return f"/g/collect?v=2&tid=G-TEST00001&cid=1.2&en={event}&ep.transaction_id={id}&ep.hit={event}-{id}"


class Purchases(Load):
    """Sends each id as a purchase."""

    def target(self, hit: str) -> str:
        return purchase(hit)


def arrived(vendor: Destination) -> Counter[str]:
    """How often each event came, on the wire, whatever the vendor made of it."""
    found: Counter[str] = Counter()
    for url, body in vendor.requests:
        for line in [urlsplit(url).query, *body.decode().splitlines()]:
            found.update(parse_qs(line).get("ep.hit", ()))
    return found


def send(port: int, target: str) -> int:
    """The status of the answer; 0 where there was none."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(f"POST {target} HTTP/1.1\r\nHost: t.example\r\nContent-Length: 0\r\n\r\n".encode())
        return int(connection.recv(4096)[9:12] or 0)
    return 0


def send_until_taken(port: int, target: str, seconds: float = 60) -> None:
    """As a sender does that tries again: until it is answered with a 2xx."""
    until(lambda: 200 <= send(port, target) < 300, seconds)


def wait_until_idle(tagyard: Tagyard, seconds: float = 60) -> None:
    """Until nothing is on the wire: a kill between sending and noting the answer may send again, with or without keys."""

    def idle() -> bool:
        workers = tagyard.ready()["workers"]
        return all(worker["accepting"] and not any(each["pending"] for each in worker["destinations"]) for worker in workers)

    until(idle, seconds, what=tagyard.ready)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_purchase_that_is_sent_many_times_at_once_is_forwarded_once(tmp_path: Path, workers: int) -> None:
    with Destination() as vendor, Tagyard(config(tmp_path, vendor.url), workers) as tagyard:
        orders = ids("order", 100)
        load = Purchases(tagyard.port)
        load.run([order for order in orders for _ in range(4)])
        assert load.refused == {}
        assert vendor.wait_for({f"purchase-{order}" for order in orders}) == set()
        again = Purchases(tagyard.port, connections=8)
        again.run(orders)
        assert again.acknowledged == set(orders)
        assert tagyard.stop() == 0
    assert set(arrived(vendor).values()) == {1}
    assert len(arrived(vendor)) == 100


def test_a_refund_with_the_same_id_passes_and_the_key_outlives_the_process(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(config(tmp_path, vendor.url)) as tagyard:
        assert send(tagyard.port, purchase("T1")) == 204
        assert send(tagyard.port, purchase("T1", "refund")) == 204
        assert vendor.wait_for({"purchase-T1", "refund-T1"}) == set()
        assert tagyard.stop() == 0
        tagyard.start()
        assert send(tagyard.port, purchase("T1")) == 204
        assert send(tagyard.port, purchase("T2")) == 204
        assert vendor.wait_for({"purchase-T2"}) == set()
    assert arrived(vendor) == {"purchase-T1": 1, "refund-T1": 1, "purchase-T2": 1}


@pytest.mark.parametrize("place", ["after_claim", "after_insert", "before_confirm", "after_confirm", "after_reply"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_kill_between_two_steps_and_a_second_try_forward_it_once(tmp_path: Path, place: str, workers: int) -> None:
    with Destination() as vendor, Tagyard(config(tmp_path, vendor.url), workers, env={"TAGYARD_FAIL_AT": place}) as tagyard:
        send(tagyard.port, purchase("T1"))
        tagyard.kill()
        tagyard.env = {}
        tagyard.start()
        send_until_taken(tagyard.port, purchase("T1"))
        send_until_taken(tagyard.port, purchase("T2"))
        assert vendor.wait_for({"purchase-T1", "purchase-T2"}) == set()
        assert tagyard.stop() == 0
    assert arrived(vendor) == {"purchase-T1": 1, "purchase-T2": 1}


@pytest.mark.parametrize("place", ["after_claim", "before_confirm", "after_confirm"])
def test_with_two_workers_of_which_one_dies_the_other_waits_for_what_it_had_claimed(tmp_path: Path, place: str) -> None:
    """The one that dies is started again by the parent, and settles; meanwhile the sender is refused or waits."""
    with Destination() as vendor, Tagyard(config(tmp_path, vendor.url), 2, env={"TAGYARD_FAIL_AT": place}) as tagyard:
        for _ in range(4):
            send(tagyard.port, purchase("T1"))
        wait_until_idle(tagyard)
        tagyard.kill()
        tagyard.env, tagyard.workers = {}, 1
        tagyard.start()
        send_until_taken(tagyard.port, purchase("T1"))
        assert vendor.wait_for({"purchase-T1"}) == set()
        assert tagyard.stop() == 0
    assert arrived(vendor) == {"purchase-T1": 1}


def test_what_was_acknowledged_under_load_arrives_and_no_claim_is_left_behind(tmp_path: Path, rounds: int) -> None:
    orders = ids("order", 400)
    with Destination() as vendor, Tagyard(config(tmp_path, vendor.url), 2) as tagyard:
        for number in range(rounds):
            load = Purchases(tagyard.port, connections=8)
            sending = threading.Thread(target=load.run, args=(orders * 20,))
            sending.start()
            while len(load.acknowledged) < 60 + 40 * number:
                sending.join(0.005)
            tagyard.kill()
            sending.join(60)
            tagyard.start()
        for order in orders:
            send_until_taken(tagyard.port, purchase(order))
        assert vendor.wait_for({f"purchase-{order}" for order in orders}) == set()
