"""Tags that are made of templates of the gallery, by ``owner/repository`` in lower case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from server.tag_manager.tags import TagReader

TAG_TEMPLATES: Final[Mapping[str, TagReader]] = {}
