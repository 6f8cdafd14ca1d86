"""Simulated Telegram Bot API server, for tests and demonstrations without Telegram.

It implements the needed part of the Bot API with polling and webhook, applies Telegram's own
limits, and fails on demand. `/sim` controls what citizens do, shows what they received, and sets
faults. It has no access control and must never serve a real city.
"""
