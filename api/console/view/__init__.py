"""Prepare the content of pages: the reader, words, choices, form fields, navigation.

This folder does not draw and does not import NiceGUI. Pages import it. Of the console it imports
only `context`, `guard` and `texts`. Begin with `reader`, then `wording`.
"""
