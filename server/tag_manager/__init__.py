"""A server container of Google Tag Manager as this product's YAML: pure, from an export's bytes to texts and a report."""
