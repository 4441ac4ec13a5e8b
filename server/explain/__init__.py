"""A request run through the container with nothing sent: read from what people have at hand, and shown to them."""
