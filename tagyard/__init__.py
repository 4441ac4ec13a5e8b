"""Tagyard's face: what is started, and what components of others are written against.

Nothing of Tagyard's is imported from here when this package is: ``tagyard.hidden`` has to look first whether it is Tagyard's own.
"""
