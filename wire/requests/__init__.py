"""What a request of the user's own making is made of: several events in one, and what its answer means."""
