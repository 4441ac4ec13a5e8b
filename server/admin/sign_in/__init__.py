"""Who gets in at the admin port, and how: the token, the cookie, and what every request passes first."""
