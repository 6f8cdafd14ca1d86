"""Two pages of the console, rendered on the server with Jinja2 and htmx, to compare with NiceGUI.

They were written to decide by figures whether the console stays on NiceGUI. They use the same
services and show the same words as `/console/cases` and `/console/cases/{number}`. Begin with
`app`.
"""
