"""Transformations, by their type in the export."""

from __future__ import annotations
