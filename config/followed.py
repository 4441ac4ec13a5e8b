"""Settings whose default follows from another part of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from config.settings import Configured


def with_followed_ids(clients: Mapping[str, Configured[Any]]) -> dict[str, Configured[Any]]:
    """The clients; a ``google_scripts`` that lists no ids serves those of the ``ga4`` clients, in the order of the file."""
    ga4 = [getattr(client.settings, "measurement_ids", ()) for client in clients.values() if client.type == "ga4"]
    ids = list(dict.fromkeys(id for listed in ga4 for id in listed))
    return {name: _followed(client, ids) for name, client in clients.items()}


def _followed(client: Configured[Any], ids: list[str]) -> Configured[Any]:
    if client.type != "google_scripts" or client.settings.ids:
        return client
    return replace(client, settings=client.settings.model_copy(update={"ids": ids}))
