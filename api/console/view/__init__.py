"""What a page shows, before it is drawn: the reader, words, choices, fields of forms, navigation.

Nothing here knows how a page is drawn, so NiceGUI is not imported. Pages import from here.
Of the console this folder imports `context`, `guard` and `texts` and nothing else. Begin with
`reader`, then `wording`.
"""
