"""What tests of components need: the contract that each has to keep, and a container that runs without a server.

``class TestMine(TagContract): component = Mine`` runs the contract, the component's examples among it; Tagyard's own components
keep the same one. ``explain`` and ``problems`` take a configuration as text. It needs pytest and hypothesis, which
``pip install tagyard[testing]`` brings.
"""

from __future__ import annotations

from tagyard.testing.client import ClientContract
from tagyard.testing.container import ConfigurationError, Explained, explain, problems
from tagyard.testing.given import context, request
from tagyard.testing.tag import TagContract
from tagyard.testing.transformation import TransformationContract

__all__ = [
    "ClientContract",
    "ConfigurationError",
    "Explained",
    "TagContract",
    "TransformationContract",
    "context",
    "explain",
    "problems",
    "request",
]
