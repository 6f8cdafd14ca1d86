"""Who acts, what each role may do, and how codes and sign-in attempts are judged: no I/O.

Begin with `actor`, then `permissions`.
"""
