"""How one process asks another, and how answers too long for one turn are followed to their end."""
