"""What two configurations make differently of the same requests."""

from server.differences.compare import Difference, How, Kind, compare
from server.differences.tally import Found, Tally

__all__ = ["Difference", "Found", "How", "Kind", "Tally", "compare"]
