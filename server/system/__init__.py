"""What the operating system gives: clocks, descriptors, files, logs, streams and the terminal."""
