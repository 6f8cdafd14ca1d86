"""Files: the same whichever adapter keeps them, sealed or not, and whole or not there at all."""

import os
import stat
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ports import FileMissing, Files
from api.store.attachments.files import PIECE, LocalFiles, MemoryFiles, SealedFiles
from kernel.clock import SystemClock
from kernel.privacy.crypto import DecryptionError, Keyring

KEYRING = Keyring.from_setting("a secret of the tests only")
NAME = "a1b2c3d4e5f6"


@pytest.fixture(params=["local", "memory", "sealed"])
def files(request, tmp_path) -> Files:
    kinds = {
        "local": lambda: LocalFiles(tmp_path / "files"),
        "memory": MemoryFiles,
        "sealed": lambda: SealedFiles(LocalFiles(tmp_path / "files"), KEYRING),
    }
    return kinds[request.param]()


def test_what_was_written_is_read_and_gone_once_deleted(files):
    content = os.urandom(PIECE * 2 + 7)
    files.write(NAME, iter([content[:10], content[10:]]))
    assert b"".join(files.read(NAME)) == content
    files.delete(NAME)
    files.delete(NAME)
    with pytest.raises(FileMissing):
        files.read(NAME)


def test_a_write_that_breaks_off_leaves_nothing(files, tmp_path):
    def breaks():
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        files.write(NAME, breaks())
    with pytest.raises(FileMissing):
        files.read(NAME)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_in_the_folder_is_for_this_user_alone_and_found_by_its_age(tmp_path):
    files = LocalFiles(tmp_path / "files")
    files.write(NAME, [b"x"])
    (path,) = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    now = SystemClock().now()
    assert list(files.names_before(now - timedelta(hours=1))) == []
    assert list(files.names_before(now + timedelta(hours=1))) == [NAME]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "UPPERCASE", "a/b", "short", "x" * 65])
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    files = LocalFiles(tmp_path)
    for act in (lambda: files.read(name), lambda: files.delete(name)):
        with pytest.raises(ValueError, match="name"):
            act()


@given(st.binary(max_size=3 * 1024).map(lambda some: some * 200), st.integers(1, 300_000))
def test_whatever_was_sealed_opens_in_whatever_pieces_it_came(content, step):
    files = SealedFiles(MemoryFiles(), KEYRING)
    files.write(NAME, (content[at : at + step] for at in range(0, len(content), step)))
    assert b"".join(files.read(NAME)) == content


@given(st.data())
def test_a_sealed_file_that_was_changed_anywhere_does_not_open(data):
    kept = MemoryFiles()
    files = SealedFiles(kept, KEYRING)
    files.write(NAME, [bytes(PIECE + 100)])
    whole = kept.kept[NAME]
    place = data.draw(st.integers(0, len(whole) - 1))
    kept.kept[NAME] = data.draw(
        st.sampled_from(
            [
                whole[:place],
                whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :],
                whole + b"more",
            ]
        )
    )
    with pytest.raises((FileMissing, DecryptionError)):
        b"".join(files.read(NAME))


def test_a_sealed_file_opens_under_its_own_name_only():
    kept = MemoryFiles()
    files = SealedFiles(kept, KEYRING)
    files.write(NAME, [b"mine"])
    kept.kept["another1"] = kept.kept[NAME]
    with pytest.raises(DecryptionError):
        b"".join(files.read("another1"))
