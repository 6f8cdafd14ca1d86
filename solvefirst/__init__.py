"""The command line and the wiring of each process; the only place that knows all rooms."""
