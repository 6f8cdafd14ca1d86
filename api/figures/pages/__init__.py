"""Console pages of figures (`figures`, `chart`) and supervision (`supervision`, `lists`).

Only `api.pages` imports them; shared parts of pages are in `api.console`. Begin with the class of a
page: its `build` reads and draws.
"""
