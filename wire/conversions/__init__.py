"""What the interfaces of advertising platforms have in common: what events are called there, goods, clicks, batches, answers."""
