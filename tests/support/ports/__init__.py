"""Uses of ports, each with the loop that uses it and the row that is worked off by it."""
