"""Example of a complete channel: text messages through a gateway."""
