"""How fast a hit goes from socket to destination, measured as ratios in one run."""
