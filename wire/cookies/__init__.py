"""The visitor's cookies: the server's own FPID and FPLC, and what gtag keeps in the browser."""
