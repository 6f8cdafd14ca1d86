"""Where things are kept: tables, repositories and the files of the catalogue."""
