"""Sockets that anybody may open: accepting, reading within limits, deadlines, and how each connection ends."""
