"""Who sends a request and from where: address, place, host and website, as proxies and headers tell them."""
