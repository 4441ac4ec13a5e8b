"""A rolling update, as the StatefulSet makes it: under a steady load, with real processes behind a real proxy."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.docker.fronts import Balancer, Visitors, holding
from tests.server.process.destination import Destination
from tests.server.process.harness import Tagyard

pytestmark = pytest.mark.process

CONFIG = """
server: {{trusted_proxies: [loopback]}}
clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}
tags: {{ga4: {{endpoint: "{url}"}}}}
"""


def pod(folder: Path, vendor: Destination) -> Tagyard:
    """One with a data folder of its own."""
    folder.mkdir()
    (folder / "container.yaml").write_text(CONFIG.format(url=vendor.url))
    return Tagyard(folder / "container.yaml")


def test_a_single_pod_is_replaced_on_its_folder_and_no_acknowledged_hit_is_lost(tmp_path: Path) -> None:
    """The old one stops, and the new one starts on the same folder, while the proxy holds what comes between."""
    with Destination() as vendor, pod(tmp_path / "tagyard-0", vendor) as server, holding(tmp_path, server.port) as port:
        with Visitors(port, "visit") as visitors:
            for update in range(2):
                visitors.more(200)
                assert server.stop() == 0
                with Visitors(port, f"between-{update}", number=4) as between:  # all of them come while nothing listens
                    server.start()
                    between.more(4)
                assert between.failed == []
                visitors.acknowledged |= between.acknowledged
            visitors.more(200)
        assert vendor.wait_for(visitors.acknowledged) == set()


def test_two_pods_are_replaced_one_after_the_other_and_no_request_fails(tmp_path: Path) -> None:
    """A pod that is to go is taken off the proxy's list first, and stops when no request goes there: what preStop waits for."""
    with Destination() as vendor, ExitStack() as stack:
        pods = [stack.enter_context(pod(tmp_path / f"tagyard-{number}", vendor)) for number in range(2)]
        balancer = stack.enter_context(Balancer(tmp_path, [each.port for each in pods]))
        with Visitors(balancer.port, "visit") as visitors:
            for leaving, staying in (pods, reversed(pods)):
                visitors.more(200)
                balancer.use(staying.port)
                visitors.more(50)
                assert leaving.stop() == 0
                visitors.more(50)
                leaving.start()
                balancer.use(*(each.port for each in pods))
            visitors.more(200)
        assert visitors.failed == []
        assert vendor.wait_for(visitors.acknowledged) == set()
        for each in pods:
            (worker,) = each.ready()["workers"]
            assert sum(worker["counts"]["requests"].values()) > 0
