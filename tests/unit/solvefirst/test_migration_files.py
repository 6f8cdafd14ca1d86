"""Files of revisions are numbered, so that a start knows the newest one by its name."""

from pathlib import Path

import pytest

import api.migrations
import bot.migrations
import kernel.jobs.embedded
from kernel.database.migrate import head, last

KERNEL = Path(kernel.jobs.embedded.__file__).parents[1] / "migrations"


@pytest.mark.parametrize("chain", [KERNEL, api.migrations.MIGRATIONS, bot.migrations.MIGRATIONS])
def test_the_last_file_of_a_chain_is_its_newest_revision(chain: Path) -> None:
    assert last(chain) == head(chain)
