"""Defaults that are derived from another section of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from config.settings import Configured


def with_followed_ids(clients: Mapping[str, Configured[Any]], tags: Mapping[str, Configured[Any]]) -> dict[str, Configured[Any]]:
    """The clients, where those that list no ids have others' ids, in the order of the file.

    A ``google_scripts`` serves the ids of the ``ga4`` clients. What comes without a secret (``universal_analytics``, and
    ``measurement_protocol`` without ``api_secrets``) is claimed for these, and for the ids that ``ga4`` tags spell out.
    """
    listed = list(dict.fromkeys(id for client in _of(clients) for id in getattr(client.settings, "measurement_ids", ())))
    written = [getattr(getattr(tag.settings, "measurement_id", None), "literal", None) for tag in _of(tags)]
    known = list(dict.fromkeys([*listed, *(id for id in written if isinstance(id, str))]))
    return {name: _followed(client, listed, known) for name, client in clients.items()}


def _of(components: Mapping[str, Configured[Any]]) -> list[Configured[Any]]:
    return [component for component in components.values() if component.type == "ga4"]


def _followed(client: Configured[Any], listed: list[str], known: list[str]) -> Configured[Any]:
    if client.type == "google_scripts" and not client.settings.ids:
        return _with(client, "ids", listed)
    open_to_all = client.type == "universal_analytics" or (client.type == "measurement_protocol" and not client.settings.guarded)
    if open_to_all and not client.settings.measurement_ids:
        return _with(client, "measurement_ids", known)
    return client


def _with(client: Configured[Any], key: str, ids: list[str]) -> Configured[Any]:
    return replace(client, settings=client.settings.model_copy(update={key: ids}))
