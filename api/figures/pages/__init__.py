"""Console pages of figures (`figures`, with its `chart`) and of supervision (`supervision`).

Only `api.pages` imports them; shared parts of pages are in `api.console`. Begin with the class of a
page: its `build` reads and draws.
"""
