"""From what is awaited to what tells."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from core.types import Response
from server.http import Answered, UnderWay


def told(exchange: Coroutine[Any, Any, Response], answered: Answered) -> UnderWay:
    """Runs an exchange in a task of its own, and tells what came of it; nothing where it is cancelled."""
    return asyncio.get_running_loop().create_task(_tell(exchange, answered))


async def _tell(exchange: Coroutine[Any, Any, Response], answered: Answered) -> None:
    outcome: Response | Exception
    try:
        outcome = await exchange
    except Exception as error:
        outcome = error
    answered(outcome)
