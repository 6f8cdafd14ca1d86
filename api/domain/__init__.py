"""What a case service knows without I/O: plain Python, the standard library and the clock."""
