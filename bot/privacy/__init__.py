"""A citizen's rights in their data: notice, export, erasure, retention.

Begin with `erasing.end_and_erase`, the commit of a turn that erases. `exports` answers the link to
an archive, `notice` is said at first contact, `retention` deletes what has had its time. May be
imported by `dialogue`; imports `outbound` and `store`.
"""
