"""A configuration as text, and what becomes of a request in it: as a plugin's tests ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tagyard import Line, OutboundRequest, Reply
from tagyard.testing import ConfigurationError, context, explain, problems, request
from tests import plugin

YAML = """\
clients:
  beacon: {}
  web: {type: ga4, measurement_ids: [G-ABC1234567]}
tags:
  bulk: {url: https://bulk.example/v1, triggers: purchases}
  log: {exceptions: purchases}
triggers: {purchases: {event: purchase}}
"""


@pytest.fixture(autouse=True, scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The plugin is."""
    folder = tmp_path_factory.mktemp("plugin")
    plugin.installed_in(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield


def test_a_url_is_run_through_the_file() -> None:
    told = explain(YAML, "/beacon?name=purchase&value=2")
    assert (told.client, told.reply) == ("beacon", Reply(204))
    assert told.events == [{"event_name": "purchase", "value": "2"}]
    (sent,) = told.sent["bulk"]
    assert isinstance(sent, OutboundRequest)
    assert (sent.url, sent.body) == ("https://bulk.example/v1", b'[{"event_name":"purchase","value":"2"}]')
    assert told.held == {"log": ["exception purchases"]}


def test_a_request_is_run_with_its_headers_and_all_its_events_leave_together() -> None:
    hit = request("https://data.example.com/g/collect?v=2&tid=G-ABC1234567&cid=1.2", body=b"en=purchase\nen=purchase&epn.value=3")
    assert (hit.method, hit.path, hit.headers) == ("POST", "/g/collect", (("host", "data.example.com"),))
    told = explain(YAML, hit)
    assert (told.client, len(told.events), len(told.sent["bulk"])) == ("web", 2, 1)


def test_an_event_is_run_through_the_tags_alone() -> None:
    told = explain(YAML, {"event_name": "page_view"}, client="web")
    assert told.sent == {"log": [Line("-", '{"event_name":"page_view"}', (0,))]}
    assert told.held == {"bulk": ["no trigger matched (purchases)"]}


def test_nobody_may_claim_it() -> None:
    told = explain(YAML, "/elsewhere")
    assert (told.client, told.events, told.sent, told.held) == (None, [], {}, {})


def test_a_secret_is_of_the_environment_that_is_given() -> None:
    yaml = "clients: {beacon: {}}\ntags: {http_request: {url: https://a.example/, headers: {x-key: '${KEY}'}, body: {}}}\n"
    for environ, key in (({"KEY": "k1"}, "k1"), ({}, "placeholder")):
        (sent,) = explain(yaml, "/beacon", environ=environ).sent["http_request"]
        assert isinstance(sent, OutboundRequest)
        assert ("x-key", key) in sent.headers


def test_mistakes_and_doubts_are_told_as_check_tells_them() -> None:
    wrong = YAML.replace("beacon: {}", "beacon: {sites: https://a.example}").replace("url:", "urls:")
    (missing, unknown) = problems(wrong)
    assert unknown.startswith("container.yaml:5:10: tags.bulk.urls: unknown key, did you mean url?")
    assert missing == "container.yaml:5:3: tags.bulk: url is missing"
    with pytest.raises(ConfigurationError, match="did you mean url"):
        explain(wrong, "/beacon")
    doubts = problems(wrong.replace("urls:", "url:"))
    assert any("clients.beacon.sites: may not read replies" in doubt for doubt in doubts)


def test_a_file_beside_it_is_missed_in_words() -> None:
    with pytest.raises(ConfigurationError, match="has no files beside it"):
        explain(YAML + "variables: {m: {file: m.csv, key: a, value: b}}\n", "/beacon")


def test_a_context_has_the_events_consent_the_persons_hashes_and_secrets() -> None:
    event = {"event_name": "x", "x-ga-gcs": "G110", "user_data": {"email": "a@example.com"}}
    around = context(event, 2, asked=request("/", headers={"Cookie": "a=b"}), client="beacon", secrets={"KEY": "k"})
    assert (around.client, around.position, around.request.cookies) == ("beacon", 2, {"a": "b"})
    assert (around.consent["ad_storage"], around.consent["analytics_storage"]) == ("granted", "denied")
    assert around.scope.reading("user")["email"] == "a@example.com"
