"""The numbers and the log of a running server, whichever of its workers had the requests."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.control.sockets import ask_now, socket_path
from server.observe.exposition import exposition
from tests.server.observe.collector import Collector, attributes
from tests.server.process.destination import Destination
from tests.server.process.harness import Load, Tagyard, ids
from tests.waiting import until

pytestmark = pytest.mark.process

CONFIG = """
server: {server}
clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}
tags: {{ga4: {{endpoint: "{url}"}}}}
"""
HITS = 200


def total(folder: Path, name: str, **labels: str) -> float:
    workers: list[dict[str, Any]] = [ask_now(socket_path(folder, number), {"do": "metrics"}) for number in range(2)]
    families = text_string_to_metric_families(exposition(workers).decode())
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())


def delivered(folder: Path, count: int) -> None:
    until(lambda: total(folder, "tagyard_deliveries_total", outcome="delivered") >= count, what="not everything was delivered")


def test_what_all_workers_did_is_counted_and_logged(tmp_path: Path) -> None:
    with (
        Destination() as vendor,
        Tagyard(config_of(tmp_path, vendor, "{log: {format: console, access: 1}}"), workers=2) as server,
    ):
        load = Load(server.port, connections=8)
        load.run(ids("hit", HITS))
        assert len(load.acknowledged) == HITS
        folder = tmp_path / "data"
        delivered(folder, HITS)
        assert total(folder, "tagyard_up") == 2
        assert total(folder, "tagyard_requests_total", client="ga4", status="204") == HITS
        assert total(folder, "tagyard_events_total", event_name="page_view") == HITS
        assert total(folder, "tagyard_tags_fired_total", tag="ga4") == HITS
        assert total(folder, "tagyard_reply_seconds_count") == HITS
        assert total(folder, "tagyard_delivery_age_seconds_count", destination=vendor.url) == HITS
        assert total(folder, "tagyard_outbox_rows") == 0
        assert total(folder, "tagyard_dead_letters") == 0
        with urllib.request.urlopen(f"http://127.0.0.1:{server.admin}/metrics", timeout=60) as answer:
            told = answer.read()
        assert b"\ntagyard_supervisor_log_lines_dropped_total 0.0\n" in told
        assert set(re.findall(rb'\nprocess_cpu_seconds_total{worker="(\w+)"} [\d.]+', told)) == {b"0", b"1", b"supervisor"}
        assert len(set(re.findall(rb'\ntagyard_config_info{configuration="(\w{12})",worker="\d"} 1.0', told))) == 1
        server.stop()
        lines = [line for line in server.log.read_text().splitlines() if "/g/collect" in line]
        assert len(lines) == HITS
        assert all("client=ga4" in line and "status=204" in line for line in lines), "lines to read, as the file asks"
        assert not [line for line in lines if "1307714608" in line or "b.example" in line or "127.0.0.1" in line]


def test_traces_lead_from_a_request_to_its_delivery(tmp_path: Path) -> None:
    with Destination() as vendor, Collector() as collector, collector.serving():
        settings = f"{{traces: {{endpoint: '{collector.url}', sample: 1}}}}"
        with Tagyard(config_of(tmp_path, vendor, settings)) as server:
            Load(server.port, connections=1).run(ids("hit", 1))
            assert server.stop() == 0
        request, delivery = sorted(collector.spans, key=lambda span: bytes(span.parent_span_id))
        assert (request.trace_id, request.span_id) == (delivery.trace_id, delivery.parent_span_id)
        assert attributes(request)["tagyard.client"] == "ga4"
        assert attributes(delivery)["tagyard.destination"] == vendor.url
        assert attributes(delivery)["tagyard.outcome"] == "delivered"
        assert request.start_time_unix_nano <= delivery.start_time_unix_nano


def config_of(folder: Path, vendor: Destination, server: str) -> Path:
    path = folder / "container.yaml"
    path.write_text(CONFIG.format(url=vendor.url, server=server))
    return path
