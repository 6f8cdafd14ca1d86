"""Use cases about people, a function each: accounts, sign-in, tokens, citizens, join codes.

They take `tools.Tools`, which the service desk of the core satisfies. Begin with `accounts`.
"""
