"""A folder is a room: no two folders import each other, and none is too full."""

from house import arrows, sizes

AT_MOST = 13
"""Files in a folder: about a dozen, and its `__init__.py`."""

STILL_FULL = {}
"""Folders that hold more files, and how many. A number may only become smaller."""


def test_no_two_folders_import_each_other():
    found = arrows()
    assert len(found) > 30
    assert {pair: found[pair] | found[pair[::-1]] for pair in found if pair[::-1] in found} == {}


def test_no_folder_becomes_fuller():
    full = {
        folder: files
        for folder, (files, _) in sizes().items()
        if files > AT_MOST and not folder.endswith("migrations/versions")
    }
    assert {name: n for name, n in full.items() if n > STILL_FULL.get(name, AT_MOST)} == {}
    assert set(full) == set(STILL_FULL), "a folder of the list is no longer too full: take it off"
