"""Google's validator of payloads (``/debug/mp/collect``), of which Google publishes the codes and some of the words."""

from wire.measurement_protocol.validator.examination import Behavior, enforces, examine, validate
from wire.measurement_protocol.validator.findings import as_messages

__all__ = ["Behavior", "as_messages", "enforces", "examine", "validate"]
