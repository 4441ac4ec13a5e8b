"""Clients that are made of templates of the gallery, by ``owner/repository`` in lower case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from server.tag_manager.clients import ClientReader

CLIENT_TEMPLATES: Final[Mapping[str, ClientReader]] = {}
