"""Channels, each independent of the others: web chat, REST, terminal."""
