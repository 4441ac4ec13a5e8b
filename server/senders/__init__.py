"""What takes an outbound message away, a sender for each kind."""
