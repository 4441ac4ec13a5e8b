from __future__ import annotations


def keep(request, explanation, name):
    return "kept"
