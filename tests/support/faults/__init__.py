"""`make faults`: kill -9 at random moments while citizens and a unit use the served product."""
