"""Read and check a catalogue's folder of files: `loading.load_catalogue`.

`files` defines the format of each file; `checks` compares the files with each other.
"""
