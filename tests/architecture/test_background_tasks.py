"""What runs by itself is run by the supervisor; who still starts tasks by hand is listed here."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("tools", "solvefirst", "bot", "actions", "nlu", "api", "kernel")
STARTERS = {"create_task", "ensure_future", "TaskGroup"}

KIT = {"kernel/supervisor.py", "kernel/loops.py"}

BY_HAND = {
    "api/console/app.py": "loads the pages once, beside the start",
    "bot/channels/web/connection.py": "lives as long as one socket",
    "bot/outbound/rates.py": "an alarm for the next free turn",
    "kernel/bell/listeners.py": "one wait, ended by the ring or the clock",
    "tools/telegram_sim/methods.py": "a tool for tests, no part of the service",
    "tools/telegram_sim/posting.py": "a tool for tests, no part of the service",
    "tools/telegram_sim/server.py": "a tool for tests, no part of the service",
    "solvefirst/wiring/assembly.py": "warms up once, beside the start",
}
"""Files that start tasks without the supervisor, and why. The list may only become shorter."""


def _starts_tasks(path: Path) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr in STARTERS
        for node in ast.walk(ast.parse(path.read_text()))
    )


def test_only_the_supervisor_and_the_listed_files_start_tasks():
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    assert len(files) > 500
    found = {str(path.relative_to(ROOT)) for path in files if _starts_tasks(path)}
    assert found - KIT == set(BY_HAND)
