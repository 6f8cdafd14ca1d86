"""Privacy: notice, export, erasure and retention of a citizen's data.

Begin with `erasing.end_and_erase`, the commit of a turn that erases. `exports` serves the link to
an archive, `notice` is sent at first contact, `retention` deletes expired data. `dialogue` may
import it; it imports `outbound` and `store`.
"""
