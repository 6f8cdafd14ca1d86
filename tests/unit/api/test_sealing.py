"""Sealed values are read back as they were written, those of early versions too."""

from datetime import datetime, timedelta

from api.domain.cases.matter import Matter, MatterTime
from api.store.cases.sealing import Seal
from kernel.privacy.crypto import Keyring


def test_a_moment_that_was_kept_without_an_offset_is_read_as_the_citys_own_time():
    seal = Seal(Keyring.from_setting("a secret of the tests long enough"), "20260302-000001-4")
    naive = datetime(2026, 3, 1, 21, 30)  # noqa: DTZ001 - as early versions took it
    kept = seal.matter(Matter("路灯坏了", time=MatterTime("昨晚九点半", start=naive)))
    read = seal.open_matter(kept).time
    assert read is not None
    assert read.start is not None
    assert read.start.utcoffset() == timedelta(hours=8)
    assert read.start.replace(tzinfo=None) == naive
