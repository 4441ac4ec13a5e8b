"""Tokens that requests to vendors need: asked for once, kept until shortly before they end, and never seen by a tag."""

from __future__ import annotations

from server.tokens.asking import NoToken
from server.tokens.tokens import Tokens

__all__ = ["NoToken", "Tokens"]
