"""Use cases about people, one function each: accounts, sign-in, tokens, citizens, join codes.

They need `tools.Tools`, which the core's service desk implements. Begin with `accounts`.
"""
