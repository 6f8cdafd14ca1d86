"""Two pages of the console, rendered on the server with Jinja2 and htmx, beside NiceGUI's.

Written to decide by figures whether the console stays on NiceGUI. They read the same services and
show the same words as `/console/cases` and `/console/cases/{number}`. Begin with `app`.
"""
