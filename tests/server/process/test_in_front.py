"""What balancers, gateways and lost pages get from a real server, byte for byte, and what whoever runs it learns of them."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.server.process.destination import Destination
from tests.server.process.harness import Tagyard
from tests.server.process.tls_front import Site

pytestmark = pytest.mark.process

CONFIG = """
server: {{trusted_proxies: [loopback]}}
clients:
  web: {{type: ga4, measurement_ids: [G-ABC1234567], cookies: {{mode: server, secret: "${{COOKIE_SECRET}}"}}}}
  backend: {{type: measurement_protocol, measurement_ids: [G-ABC1234567]}}
  scripts: {{type: google_scripts, upstream: '{upstream}'}}
tags: {{ga4: {{endpoint: '{google}'}}}}
"""
HIT = "/g/collect?v=2&tid=G-ABC1234567&cid=1307714608.1760043792&en=page_view&_fv=1"
INNER = "tagyard-abc123-ew.a.run.app"
SCRIPT = 'a="www.googletagmanager.com";'


@dataclass(frozen=True)
class Answer:
    status: int
    head: str
    body: str


@dataclass(frozen=True)
class Place:
    server: Tagyard
    google: Destination

    def say(self, text: str) -> Answer:
        """One connection, these bytes, and everything that comes back until the server has nothing more to say."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as raw:
            raw.sendall(text.replace("\n", "\r\n").encode())
            said = b""
            while piece := raw.recv(65536):
                said += piece
        head, _, body = said.decode("latin-1").partition("\r\n\r\n")
        return Answer(int(head.split()[1]), head.lower(), body)

    def ask(self, target: str, *headers: str, method: str = "GET", host: str = INNER) -> Answer:
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers, "Connection: close", "", ""]
        return self.say("\n".join(lines))

    def metric(self, sample: str) -> float:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.admin}/metrics", timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(sample)), 0.0)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    config = tmp_path_factory.mktemp("front") / "container.yaml"
    with Destination() as google, Site() as site:
        site.put("/gtag/js", "text/javascript", SCRIPT)
        config.write_text(CONFIG.format(upstream=f"http://127.0.0.1:{site.port}", google=google.url))
        with Tagyard(config, env={"COOKIE_SECRET": "only-for-this-test-0123456789abcdef"}) as server:
            yield Place(server, google)


HAPROXY = "OPTIONS / HTTP/1.1\nHost: tagyard\nConnection: close\n\n"
KUBERNETES = "GET / HTTP/1.1\nHost: 10.0.0.7:8080\nUser-Agent: kube-probe/1.34\nAccept: */*\nConnection: close\n\n"
BALANCER = "GET / HTTP/1.1\nHost: 10.0.0.7\nConnection: close\nUser-Agent: ELB-HealthChecker/2.0\n\n"
UPTIME = "HEAD / HTTP/1.1\nHost: data.example.com\nConnection: close\n\n"
STAR = "OPTIONS * HTTP/1.1\nHost: tagyard\nConnection: close\n\n"


@pytest.mark.parametrize(
    ("asked", "status", "kind"),
    [
        (HAPROXY, 200, "health"),
        (STAR, 200, "health"),
        (KUBERNETES, 200, "root"),
        (BALANCER, 200, "root"),
        (UPTIME, 200, "root"),
        (KUBERNETES.replace("/ ", "/healthz ", 1), 200, "health"),
        ("GET /robots.txt HTTP/1.1\nHost: a\nConnection: close\n\n", 200, "robots"),
        ("GET /favicon.ico HTTP/1.1\nHost: a\nConnection: close\n\n", 204, "favicon"),
        ("GET /.well-known/traffic-advice HTTP/1.1\nHost: a\nConnection: close\n\n", 404, "well_known"),
    ],
)
def test_a_probe_finds_the_server_well_and_is_no_lost_hit(place: Place, asked: str, status: int, kind: str) -> None:
    unclaimed, sample = place.metric("tagyard_unclaimed_requests_total"), f'tagyard_probes_total{{kind="{kind}",worker="0"}}'
    before = place.metric(sample)
    assert place.say(asked).status == status
    assert place.metric(sample) == before + 1
    assert place.metric("tagyard_unclaimed_requests_total") == unclaimed


@pytest.mark.parametrize(
    "named", ["X-Forwarded-Host: data.example.com", "Forwarded: for=198.51.100.7;host=data.example.com;proto=https"]
)
def test_behind_a_gateway_everything_goes_by_the_host_that_browsers_ask_for(place: Place, named: str) -> None:
    page = ("Origin: https://www.example.com", "X-Forwarded-For: 198.51.100.7", named)
    hit = place.ask(HIT, *page)
    assert hit.status == 204
    assert "set-cookie: fpid=" in hit.head
    assert "domain=example.com;" in hit.head
    assert "access-control-allow-origin: https://www.example.com" in hit.head
    assert "cross-origin-resource-policy: cross-origin" in hit.head
    script = place.ask("/gtag/js?id=G-ABC1234567", *page)
    assert (script.status, script.body) == (200, 'a="data.example.com";')


def test_without_a_word_of_it_whoever_runs_the_server_is_told(place: Place) -> None:
    hit = place.ask(HIT, "Origin: https://www.example.com", "X-Forwarded-For: 198.51.100.7")
    assert "access-control-allow-origin" not in hit.head
    ready = place.server.ready()
    assert ready["colour"] == "amber"
    assert any(INNER in reason and "set server.public_host" in reason for reason in ready["reasons"])
    place.server.logged(INNER)


def test_a_lost_page_is_told_of_in_health_and_in_the_log(place: Place) -> None:
    asked = ("Access-Control-Request-Method: POST", "Access-Control-Request-Headers: baggage,sentry-trace")
    lost = place.ask(HIT, "Origin: https://lost.example", *asked, method="OPTIONS", host="data.example.com")
    assert "access-control" not in lost.head
    assert place.metric('tagyard_refused_preflights_total{reason="origin",worker="0"}') >= 1
    assert any("https://lost.example" in reason for reason in place.server.ready()["reasons"])
    assert place.server.logged("https://lost.example").count("https://lost.example") == 1
    mine = place.ask(HIT, "Origin: https://www.example.com", *asked, method="OPTIONS", host="data.example.com")
    assert "access-control-allow-headers: content-type, x-gtm-server-preview, baggage, sentry-trace" in mine.head


def test_a_hit_that_nobody_claims_is_counted_by_what_each_client_says(place: Place) -> None:
    refused = place.ask(HIT.replace("G-ABC1234567", "G-OTHER"))
    assert (refused.status, refused.body) == (400, "no client claims this request\n")
    assert place.metric('tagyard_unclaimed_reasons_total{client="web",reason="measurement_id",worker="0"}') == 1
    assert place.metric('tagyard_unclaimed_reasons_total{client="backend",reason="path",worker="0"}') >= 1


def test_hits_arrive_whatever_slash_a_proxy_adds(place: Place) -> None:
    marks = {f"bent-{number}" for number in range(3)}
    for mark, path in zip(sorted(marks), ("//g/collect", "/g/collect/", "/g//collect"), strict=True):
        assert place.ask(f"{HIT}&ep.hit={mark}".replace("/g/collect", path), "X-Forwarded-Host: data.example.com").status == 204
    assert not place.google.wait_for(marks)
    assert place.ask(HIT.replace("/g/", "/%2Fg/")).status == 400
    ready = place.server.ready()["workers"][0]["counts"]
    assert ready["findings"]["PATH_SLASHES"] == 3
    json.dumps(ready)
