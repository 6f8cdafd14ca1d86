"""Dialogue engines behind one port: embedded, in process, and a Rasa server."""
