"""What can be asked of leaders on duty, a function a use case.

`talks` is the citizen's side and the sweep, `desk` the leader's, `privacy` the export and the
erasing of talks; they share `parts` (load, lock, show, hand back) and `views` (wire models). Other
slices may import all of it. Begin with `talks.ask`, then `desk.claim`.
"""
