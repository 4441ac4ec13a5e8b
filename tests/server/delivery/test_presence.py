"""Files that are taken away from under a delivery."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from server.outbox import OutboxFailed
from tests.server.delivery.conftest import Stage
from tests.server.outbox.test_presence import replaced


@pytest.mark.parametrize("name", ["outbox-0.db", "outbox-0.db-wal", "outbox-0.lock"])
@pytest.mark.parametrize("change", [Path.unlink, replaced])
def test_a_delivery_whose_files_are_removed_accepts_nothing_more(stage: Stage, name: str, change: Callable[[Path], None]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.accept("a")
        await stage.settled()
        await stage.delivery.upkeep.round()
        change(stage.folder / name)
        with pytest.raises(OutboxFailed, match=f"{name}: was removed or replaced"):
            await stage.delivery.upkeep.round()

    stage.play(scene)
