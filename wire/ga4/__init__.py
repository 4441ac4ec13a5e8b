"""GA4 web hits (``/g/collect``, ``v=2``), both ways: a hit becomes event data, event data becomes a hit."""
