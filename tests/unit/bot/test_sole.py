import subprocess
import sys

import pytest

from bot.store.process_lock import NotAlone, ProcessLock


def test_a_second_process_is_told_what_to_do(tmp_path):
    database = tmp_path / "solvefirst.db"
    first = ProcessLock(database)
    first.take()
    with pytest.raises(NotAlone, match="PostgreSQL"):
        ProcessLock(database).take()
    first.free()
    second = ProcessLock(database)
    second.take()
    second.free()


def test_a_process_that_was_killed_holds_nothing(tmp_path):
    database = tmp_path / "solvefirst.db"
    code = (
        "import os, signal, sys; from pathlib import Path; from bot.store.process_lock import Sole;"
        "Sole(Path(sys.argv[1])).take(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(database)], check=False)
    sole = ProcessLock(database)
    sole.take()
    sole.free()
