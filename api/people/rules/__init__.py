"""Rules without I/O: actors, permissions of roles, codes, and limits of sign-in attempts.

Begin with `actor`, then `permissions`.
"""
