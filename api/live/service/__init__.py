"""Use cases of leaders on duty, one function each.

`talks` has the citizen's side and the sweep, `sessions` and `desk` the leader's side, `privacy`
export and erasure of talks; they share `parts` (load, lock, show, hand back) and `views` (wire
models). Other slices may import all of it. Begin with `talks.ask`, then `desk.claim`.
"""
