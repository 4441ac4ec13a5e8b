"""Universal Analytics hits (Measurement Protocol ``v=1``), one way: a hit becomes event data."""
