"""What the interfaces of vendors have in common: what events are called there, goods, clicks, batches, answers."""
