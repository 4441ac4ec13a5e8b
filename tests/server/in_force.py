"""A configuration in force for tests that look at no more of it than that it is one: without clients, without tags."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from config import Settings
from config.assembly import Assembled
from config.settings import OutboxSettings, ServerSettings
from core.container import Container
from server.loading.serving import Serving
from server.visitors.origins import Origins
from server.visitors.visitor import Visitors

_SETTINGS: Final = Settings(
    environment={},
    server=ServerSettings(),
    outbox=OutboxSettings(),
    clients={},
    transformations={},
    tags={},
    consent={},
    variables={},
    triggers={},
    exceptions=[],
    deduplicate={},
    tests={},
)
_NONE: Final = Assembled(Container((), ()), {})

EMPTY: Final = Serving(
    path=Path("container.yaml"),
    settings=_SETTINGS,
    assembled=_NONE,
    masked=lambda: _NONE,
    secrets={},
    problems=(),
    sources=(),
    visitors=Visitors(),
    origins=Origins(()),
    since=0,
)
