"""Which ids are served and claimed where the file does not say."""

from __future__ import annotations

from typing import Any

import pytest

from config import Loaded, SourceFile, load
from core.registry import Registry, installed
from tests.config.conftest import HookSettings, WebSettings, _entry


def loaded(clients: str, tags: str = "log: {}") -> Loaded:
    text = f"clients: {{{clients}}}\ntags: {{{tags}}}\n"
    return load([SourceFile("a.yaml", text.encode())], registry=installed(), environ={}, read=lambda _: b"", serve=False)


def ids(clients: str, name: str = "google_scripts") -> list[str]:
    found = loaded(clients).settings
    assert found is not None
    settings: Any = found.clients[name].settings
    listed: list[str] = settings.ids
    return listed


@pytest.mark.parametrize(
    ("clients", "listed"),
    [
        ("google_scripts: {}, ga4: {measurement_ids: [G-1, G-2]}", ["G-1", "G-2"]),
        ("ga4: {measurement_ids: [G-2]}, app: {type: ga4, measurement_ids: [G-1, G-2]}, google_scripts: {}", ["G-2", "G-1"]),
        ("google_scripts: {ids: GTM-1}, ga4: {measurement_ids: [G-1]}", ["GTM-1"]),
        ("google_scripts: {paths: {GTM-1: /m.js}}, ga4: {measurement_ids: [G-1]}", ["G-1"]),
        ("google_scripts: {}, measurement_protocol: {measurement_ids: [G-1]}", []),
    ],
)
def test_the_ids_are_those_of_the_ga4_clients(clients: str, listed: list[str]) -> None:
    assert ids(clients) == listed


def test_of_two_each_has_its_own() -> None:
    clients = "ga4: {measurement_ids: G-1}, one: {type: google_scripts}, two: {type: google_scripts, ids: GTM-2}"
    assert (ids(clients, "one"), ids(clients, "two")) == (["G-1"], ["GTM-2"])


@pytest.mark.parametrize(
    ("clients", "warns"),
    [
        ("ga4: {}, google_scripts: {}", True),
        ("ga4: {}, google_scripts: {ids: GTM-1}", False),
        ("ga4: {}, google_scripts: {paths: {GTM-1: /m.js}}", False),
        ("ga4: {measurement_ids: G-1}, google_scripts: {}", False),
    ],
)
def test_a_client_that_serves_nothing_is_warned_about(clients: str, warns: bool) -> None:
    assert any("serves no script" in problem.message for problem in loaded(clients).problems) is warns


def claimed(client: str, beside: str, tags: str = "log: {}") -> list[str]:
    found = loaded(f"{client}, {beside}" if beside else client, tags).settings
    assert found is not None
    settings: Any = found.clients[client.partition(":")[0]].settings
    listed: list[str] = settings.measurement_ids
    return listed


@pytest.mark.parametrize(
    "client", ["universal_analytics: {}", "measurement_protocol: {}", "measurement_protocol: {api_secrets: ''}"]
)
@pytest.mark.parametrize(
    ("beside", "tags", "listed"),
    [
        ("ga4: {measurement_ids: [G-1, G-2]}", "log: {}", ["G-1", "G-2"]),
        ("ga4: {measurement_ids: G-1}", "ga4: {measurement_id: G-3}, other: {type: ga4, measurement_id: G-1}", ["G-1", "G-3"]),
        ("", "ga4: {measurement_id: G-3}", ["G-3"]),
        ("ga4: {}", 'ga4: {measurement_id: "{{ event.stream }}"}', []),
        ("google_scripts: {ids: GTM-1}", "ga4: {}", []),
    ],
)
def test_what_comes_without_a_secret_is_claimed_for_the_ids_of_clients_and_tags(
    client: str, beside: str, tags: str, listed: list[str]
) -> None:
    assert claimed(client, beside, tags) == listed


def test_a_secret_lets_in_every_id_and_a_list_is_a_list() -> None:
    beside = "ga4: {measurement_ids: G-1}"
    assert claimed("measurement_protocol: {api_secrets: x}", beside) == []
    assert claimed("measurement_protocol: {measurement_ids: [G-9, '1:2:ios:3']}", beside) == ["G-9", "1:2:ios:3"]
    assert claimed("universal_analytics: {measurement_ids: UA-1-1}", beside) == ["UA-1-1"]


@pytest.mark.parametrize(
    ("clients", "tags", "open"),
    [
        ("universal_analytics: {}", "ga4: {}", ["universal_analytics"]),
        ("measurement_protocol: {}", "ga4: {}", ["measurement_protocol"]),
        ("measurement_protocol: {api_secrets: ''}", "ga4: {}", ["measurement_protocol"]),
        (
            "ga4: {}, universal_analytics: {}, measurement_protocol: {}",
            "ga4: {}",
            ["ga4", "universal_analytics", "measurement_protocol"],
        ),
        ("universal_analytics: {}", "ga4: {measurement_id: G-1}", []),
        ("ga4: {measurement_ids: G-1}, universal_analytics: {}, measurement_protocol: {}", "ga4: {}", []),
        ("measurement_protocol: {measurement_ids: G-1}", "ga4: {}", []),
        ('measurement_protocol: {api_secrets: "${MP_SECRET}"}', "ga4: {}", []),
    ],
)
def test_a_client_that_lets_anybody_send_to_any_property_is_warned_about(clients: str, tags: str, open: list[str]) -> None:
    messages = [str(problem) for problem in loaded(clients, tags).problems if "any measurement id" in problem.message]
    assert [message.partition("clients.")[2].partition(":")[0].partition(".")[0] for message in messages] == open


def test_old_ids_do_not_make_a_stream_of_an_api_secret_unclear() -> None:
    clients = "ga4: {measurement_ids: G-1}, universal_analytics: {measurement_ids: [G-1, UA-1-1]}"
    problems = loaded(clients, 'ga4: {api_secret: "${S}"}').problems
    assert not [problem for problem in problems if "belongs to one stream" in problem.message]


class Failing(WebSettings):
    def overshadows(self, other: Any) -> bool:
        raise KeyError(f"no such thing as {type(other).__name__}")


def test_a_client_that_cannot_say_what_it_leaves_is_doubtful() -> None:
    registry = Registry([_entry("client", "web", Failing), _entry("tag", "hook", HookSettings)])
    text = "clients: {a: {type: web, measurement_ids: G-1}, b: {type: web, measurement_ids: G-1}}\ntags: {hook: {url: x}}\n"
    loaded = load([SourceFile("a.yaml", text.encode())], registry=registry, environ={}, read=lambda _: b"", serve=False)
    assert loaded.settings is not None
    assert [str(each) for each in loaded.problems] == [
        "a.yaml:1:11: clients.a: the client type web could not be asked about its settings: KeyError: 'no such thing as Failing'"
    ]
