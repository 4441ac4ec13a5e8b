"""What is said to a request once it is read: the application, what it serves besides hits, and what it refuses."""
