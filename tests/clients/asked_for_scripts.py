"""Requests for Google's scripts, and what the client answers."""

from __future__ import annotations

from typing import Any

from clients.google_scripts import GoogleScripts, GoogleScriptsSettings
from core.component import Setup
from core.types import Claim, Declined, Reply, Request, Upstream

GOOGLE = "https://www.googletagmanager.com"
IDS = ["G-ABC1234567", "GTM-ABC123", "GT-XYZ", "AW-123456789", "DC-1"]


def client(**settings: Any) -> GoogleScripts:
    return GoogleScripts(GoogleScriptsSettings.model_validate({"ids": IDS, **settings}), Setup("scripts"))


def asked(path: str, query: str = "", method: str = "GET", **settings: Any) -> Claim | Declined:
    return client(**settings).claim(Request("r1", 0, method, path, query))


def reply(path: str, query: str = "", method: str = "GET", **settings: Any) -> Reply | Upstream:
    claim = asked(path, query, method, **settings)
    assert isinstance(claim, Claim)
    assert claim.events == ()
    return claim.reply
