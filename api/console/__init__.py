"""The staff console: pages for those who accept, handle and answer, on one NiceGUI app."""
