"""The console's page of a leader on duty: the `desk`, and the `talk` that is open on it.

Only `api.pages` imports it; what pages share lies in `api.console`. Begin with `desk.DeskScreen`.
"""
