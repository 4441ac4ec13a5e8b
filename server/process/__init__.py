"""The processes of a server: the supervisor, its workers, and how they start, reload and stop."""
