"""Privacy: consents, export and erasure of a citizen's data.

It is above the other slices, because they store words of citizens too: their `service` exports and
erases them. Other packages import `service`; `solvefirst/` also wires `jobs`, the nightly cleaning.
Begin with `service.erase`, then `store` for what remains of an erased case.
"""
