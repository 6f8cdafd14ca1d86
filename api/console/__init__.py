"""The staff console: pages for clerks, units and leaders, in one NiceGUI app.

The files here are the frame of all pages: `visit`, `frame`, `fields`, `nodes`, `guard`. `view`
prepares the content of a page; `cases` and `people` are pages; the pages of a slice are in the
slice. Pages import services, and `api.pages` imports pages. Begin with `frame`, then `jobs`.
"""
