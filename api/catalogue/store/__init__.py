"""Reads a catalogue's folder of files and checks it: `loading.load_catalogue`.

`files` says what may stand in each file, `checks` whether they agree with each other.
"""
