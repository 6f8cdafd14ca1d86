"""Read and check a catalogue's folder of files: `loading.load_catalogue`.

`city_file`, `category_files` and `unit_files` define the format of each file; `checks` compares the
files with each other.
"""
