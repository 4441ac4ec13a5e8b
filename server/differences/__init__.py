"""What two configurations make differently of the same requests."""

from server.differences.compare import Difference, DifferenceKind, How, compare, compare_keys, compare_messages
from server.differences.tally import Tallied, Tally

__all__ = ["Difference", "DifferenceKind", "How", "Tallied", "Tally", "compare", "compare_keys", "compare_messages"]
