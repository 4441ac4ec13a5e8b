"""The outbox: what was accepted is on this machine's disk, and stays there until somebody has it.

TODO essay
"""

from server.outbox.errors import OutboxError, OutboxFailed, OutboxFull
from server.outbox.files import claim as claim_folder
from server.outbox.operator import operate_offline
from server.outbox.outbox import Outbox

__all__ = ["Outbox", "OutboxError", "OutboxFailed", "OutboxFull", "claim_folder", "operate_offline"]
