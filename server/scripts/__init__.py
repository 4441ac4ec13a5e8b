"""Google's scripts from this server's own host: fetched once, kept in memory and on disk, answered in the visitor's terms."""

from server.scripts.fetch import HttpFetch
from server.scripts.service import FOLDER, Scripts

__all__ = ["FOLDER", "HttpFetch", "Scripts"]
