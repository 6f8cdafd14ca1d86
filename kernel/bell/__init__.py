"""Bell: publish and subscribe signals that wake waiting tasks in this and in other processes."""
