"""Google's scripts from this server's own host: fetched once, kept in memory and on disk, answered in the visitor's terms.

What Google's tags send besides is passed on here too, where that is wanted.
"""

from server.scripts.fetch import HttpFetch
from server.scripts.hosts import KnownHosts, known_hosts
from server.scripts.passing_on import GoogleSender
from server.scripts.service import FOLDER, Scripts

__all__ = ["FOLDER", "GoogleSender", "HttpFetch", "KnownHosts", "Scripts", "known_hosts"]
