"""How long tests wait for what must come."""

PATIENCE = 60.0
"""Seconds: slowness alone is no fault on a machine that other tests use too.

What must not take long is counted, compared in the same run, or measured in processor time.
"""
