"""What the case service does by itself."""
