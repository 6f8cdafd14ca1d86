"""Console page of a leader on duty: the `desk`, its `sessions` and open `talk`.

Only `api.pages` imports it; shared parts of pages are in `api.console`. Begin with
`desk.DeskScreen`.
"""
