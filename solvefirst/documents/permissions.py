"""Write the service's own table of permissions into `docs/permissions.md`."""

from collections.abc import Iterator
from pathlib import Path

from api.people.rules.actor import Role
from api.people.rules.permissions import PERMISSIONS, Action

PAGE = Path("docs/permissions.md")

_HEAD = """# Who may do what

Printed from the table in [`api/people/rules/permissions.py`](../api/people/rules/permissions.py) by
`solvefirst permissions`. Services ask it before they read anything, and refuse what is not in it.

Two more rules narrow it. A citizen and a unit reach their own cases only
([`api/domain/cases/rights.py`](../api/domain/cases/rights.py)), and which move a role may make is
told by the [life cycle](lifecycle.md). `service` is a process of ours that names no citizen; one
that names a `Contact-Point` has the rights of `citizen`.

"""
_ROLES = tuple(role for role in Role if role is not Role.SYSTEM)


def page() -> str:
    """Write the whole page."""
    return _HEAD + "".join(_rows())


def _rows() -> Iterator[str]:
    yield f"| action | {' | '.join(_ROLES)} |\n"
    yield f"|---|{'---|' * len(_ROLES)}\n"
    for action in Action:
        allowed = ("yes" if role in PERMISSIONS[action] else "–" for role in _ROLES)
        yield f"| `{action}` | {' | '.join(allowed)} |\n"
