"""The staff console: pages for those who accept, handle and answer, on one NiceGUI app.

Files here are the frame of all pages: `visit`, `frame`, `fields`, `nodes`, `guard`. `view` is what
a page shows, before it is drawn; `cases` and `people` are pages, those of a slice lie in the
slice. Pages import services; `api.pages` imports them. Begin with `frame`, then `jobs`.
"""
