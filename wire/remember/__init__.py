"""Cookies by which advertising platforms know a browser and a click: which there are, how they are written, who gets them."""
