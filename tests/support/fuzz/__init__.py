"""`make fuzz`: schemathesis against the running product, as each role that the API knows."""
