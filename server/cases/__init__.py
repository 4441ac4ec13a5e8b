"""The tests of a configuration: they are run through the container that it describes, and nothing is sent."""

from server.cases.suite import Failure, Result, Suite

__all__ = ["Failure", "Result", "Suite"]
