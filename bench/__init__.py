"""Measurements: commands whose reports, with commit and machine, are kept under docs/reports."""
