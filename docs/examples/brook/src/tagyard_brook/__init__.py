"""Brook, an invented analytics service, for Tagyard."""
