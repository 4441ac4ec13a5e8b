"""From files on disk to a container that is ready to run, the configuration in force, and noticing that a file has changed."""
