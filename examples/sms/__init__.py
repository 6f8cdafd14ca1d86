"""Text messages through a gateway: a whole channel."""
