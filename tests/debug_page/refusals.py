"""What is refused before a client is asked, as bytes: by the word for why."""

from __future__ import annotations

import socket
from typing import Final

HOST: Final = b"Host: data.shop.example\r\n"
BROWSER: Final = HOST + b"User-Agent: Mozilla/5.0 (X11)\r\nOrigin: https://shop.example\r\n"
HIT: Final = b"/g/collect?v=2&tid=G-SHOP123456&cid=1.2&en=purchase&ep.email=jo%40example.com"
HOSTILE: Final = "\u202e\x1b[31m<img src=x onerror=document.title='pwned'>"
SECRET: Final = b"a-session-of-somebodys"

REFUSED: Final = {
    "large_cookies": b"GET %b HTTP/1.1\r\n%bCookie: session=%b; a=%b\r\n\r\n" % (HIT, BROWSER, SECRET, b"x" * 70_000),
    "too_large": b"POST %b HTTP/1.1\r\n%bContent-Length: 9000000\r\n\r\n" % (HIT, BROWSER),
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32),
    "control_character": b"GET /g/collect?dt=a b%b HTTP/1.1\r\n%b\r\n" % (HOSTILE.encode(), HOST),
    "malformed_headers": b"GET / HTTP/1.1\r\n%bCookie : session=%b\r\n\r\n" % (HOST, SECRET),
}
STATUSES: Final = [431, 413, 400, 400, 400]


def answered(port: int, sent: bytes) -> int:
    """The status of the answer to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent)
        return int(connection.recv(4096).split(b" ", 2)[1])


def refuse(port: int) -> list[int]:
    """One of each is sent; the statuses."""
    return [answered(port, sent) for sent in REFUSED.values()]
