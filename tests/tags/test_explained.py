"""Every published request of a vendor, by ``tagyard explain --event``: a user sees what leaves, as the vendor has it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from core.registry import Registry, installed
from server.cli.main import main
from tests.tags.golden import VECTORS, at, differences

KEY: Final = json.dumps({"client_email": "robot@project.example", "private_key": "PEM"})
TYPES: Final[Mapping[str, str]] = {"google_data_manager": "google_ads", "microsoft": "microsoft_ads"}
"""Where a vector's vendor has another name than the tag."""

NAMES: Final[Mapping[tuple[str, str], str | None]] = {
    ("google_data_manager", "consent"): None,
    ("microsoft", "consent"): None,
    ("snapchat", "validate"): "test",
    ("klaviyo", "metric"): "event_name",
    ("umami", "host"): "endpoint",
    ("posthog", "host"): "endpoint",
    ("matomo", "url"): "endpoint",
    ("snowplow", "collector"): "endpoint",
}
"""What a vector's setting is called by us; None: it is no setting of ours."""

MORE: Final[Mapping[str, Mapping[str, Any]]] = {
    vendor: {"service_account": KEY} for vendor in ("google_data_manager", "bigquery", "pubsub")
}
KNOWN: Final = frozenset(Registry(installed()).types("tag"))
ALL: Final = [
    vector
    for vector in map(json.loads, VECTORS.read_text(encoding="utf-8").splitlines())
    if TYPES.get(vector["vendor"], vector["vendor"]) in KNOWN
]
CONSENT: Final = ("/consent", "/adStorageConsent")
"""What a vector's own consent says of a row."""


def container(vector: Mapping[str, Any]) -> str:
    """A file with this one tag."""
    vendor = vector["vendor"]
    named = {NAMES.get((vendor, name), name): value for name, value in vector["settings"].items()}
    tag = {"type": TYPES.get(vendor, vendor), "consent": [], **{str(name): named[name] for name in named if name}}
    return json.dumps(
        {"clients": {"ga4": {"measurement_ids": ["G-ABC1234567"]}}, "tags": {"it": {**tag, **MORE.get(vendor, {})}}}
    )


def explained(folder: Path, vector: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The requests that would leave."""
    context = vector["context"]
    monkeypatch.setattr(time, "time_ns", lambda: context["received_at_ms"] * 1_000_000)
    file = folder / "container.yaml"
    file.write_text(container(vector))
    cookies = "; ".join(f"{name}={value}" for name, value in context["cookies"].items())
    arguments = ["explain", str(file), "--event", json.dumps(vector["event"]), "--json"]
    result = CliRunner().invoke(main, [*arguments, *(["--header", f"Cookie: {cookies}"] if cookies else [])])
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout.splitlines()[-1])["requests"]
    return found


@pytest.mark.parametrize("vector", ALL, ids=lambda vector: f"{vector['vendor']}: {vector['event']['event_name']}")
def test_a_user_sees_what_a_vendor_gets(vector: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = explained(tmp_path, vector, monkeypatch)
    expected = vector["request"]
    if expected is None:
        assert requests == []
        return
    [request] = requests
    assert (request["method"], request["url"]) == (expected["method"], expected["url"])
    assert expected["headers"].items() <= request["headers"].items()
    if vector["vendor"] in ("pubsub", "matomo"):  # in base64, and as a query: their own tests read them
        return
    body = json.loads(request["body"])
    assert [each for each in differences(expected["body"], body) if not any(name in each for name in CONSENT)] == []
    assert [pointer for pointer in vector.get("absent", ()) if at(body, pointer) is not None] == []


@pytest.mark.parametrize(("amount", "given_up"), [({}, True), ({"value": 1, "currency": "EUR"}, False)])
def test_a_user_sees_what_would_be_given_up_before_it_is_sent(amount: Mapping[str, Any], given_up: bool, tmp_path: Path) -> None:
    why = "Meta takes no Purchase without value and currency"
    meta = {"vendor": "meta", "settings": {"pixel_id": "123456789012345", "access_token": "EXAMPLE_TOKEN"}}
    file = tmp_path / "container.yaml"
    file.write_text(container(meta))
    event = json.dumps({"event_name": "purchase", "user_agent": "ExampleBrowser/2", **amount})
    [request] = json.loads(CliRunner().invoke(main, ["explain", str(file), "--event", event, "--json"]).stdout)["requests"]
    assert request.get("given_up") == ([why] if given_up else None)
    printed = CliRunner().invoke(main, ["explain", str(file), "--event", event]).stdout
    assert (f"would be given up before it is sent: {why}" in " ".join(printed.split())) is given_up
