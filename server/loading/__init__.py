"""From files on disk to a container that is ready to run, and noticing that a file has changed."""
