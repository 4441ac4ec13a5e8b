"""GA4's Measurement Protocol (``/mp/collect``): a JSON payload of a backend or an app becomes event data, and is validated."""
