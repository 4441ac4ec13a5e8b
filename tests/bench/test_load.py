"""The steady load sends what it should, when it should; and what wrk is told and says."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

import pytest

from bench.hits import PAGE_VIEW
from bench.load import fixed, full, paced
from bench.processes import family, memory, processor_seconds, running
from bench.serving import Served
from tests.ports import free_port


@pytest.fixture(scope="module")
def vendor() -> Iterator[Served]:
    port = free_port()
    with running([sys.executable, "-m", "bench.vendor", str(port)], port) as process:
        yield Served(port, process.pid, PAGE_VIEW, deliveries=1, vendor=port, vendor_process=process.pid)


def test_a_fixed_load_is_as_many_requests_and_no_more(vendor: Served) -> None:
    before, _ = vendor.arrived()
    fixed(vendor.port, PAGE_VIEW, 50, connections=4)
    assert vendor.arrived()[0] == before + 50


def test_a_steady_load_times_each_reply(vendor: Served) -> None:
    before, _ = vendor.arrived()
    took = paced(vendor.port, PAGE_VIEW, rate=200, seconds=0.5)
    assert vendor.arrived()[0] == before + 100
    assert took == sorted(took)
    assert len(took) == 100
    assert took[0] > 0


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_as_much_as_goes_is_counted_as_the_destination_counts_it(vendor: Served) -> None:
    before, _ = vendor.arrived()
    answers = full(vendor.port, PAGE_VIEW, 1, "")
    assert answers.refused == 0
    assert 0 < answers.answered <= vendor.arrived()[0] - before <= answers.answered + 64


def test_the_kernel_tells_what_a_process_takes(vendor: Served) -> None:
    assert family(vendor.process)[0] == vendor.process
    assert memory(vendor.process) > 5
    before = processor_seconds(vendor.process)
    fixed(vendor.port, PAGE_VIEW, 2000)
    assert processor_seconds(vendor.process) > before
