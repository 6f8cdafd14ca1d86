"""Privacy: consents, a citizen's copy of everything, and being forgotten.

It stands above the other slices, as they keep words of citizens, too: their `service` exports and
forgets them. Others import `service`; `solvefirst/` also wires `jobs`, the nightly tidying. Begin
reading at `service.erase`, then `store` for what stays of an erased case.
"""
