"""A Telegram Bot API server of our own, for tests and demonstrations without Telegram.

It speaks what a bot needs of the Bot API, by polling and by webhook, keeps Telegram's own limits,
and fails on demand. `/sim` is the other side: what citizens do, what they were shown, and which
faults are to come. It trusts whoever reaches its port and must never serve a real city.
"""
