"""One case and the people around it, for tests of the domain alone."""

from typing import Any

from case_service import tiny_catalogue

from api.catalogue.rules.categories import RequestKind, Urgency
from api.domain.cases.case import Case
from api.domain.cases.matter import CitizenContact, ContactMode, Matter
from api.domain.lifecycle import CaseState
from api.people.rules.actor import Actor, Role
from kernel.clock import ManualClock

CITY = tiny_catalogue()
UNIT = CITY.units["WORKS"]
CITIZEN = Actor("service", Role.SERVICE, contact_point="cnv_1")
CLERK = Actor("tok_1", Role.CLERK, "Li")
NOW = ManualClock.START


def new_case(**changes: Any) -> Case:
    """A complaint that nobody has moved yet, with a photo owed."""
    return Case(
        **{
            "number": "20260302-000001-5",
            "state": CaseState.SUBMITTED,
            "kind": RequestKind.COMPLAINT,
            "category": "0201",
            "urgency": Urgency.NORMAL,
            "unit": None,
            "citizen": "ctz_1",
            "contact_point": "cnv_1",
            "opened_at": NOW,
            "changed_at": NOW,
            "due_at": None,
            "clerk_by": None,
            "owed": ("photo",),
            "urged": 0,
            "urged_at": None,
            "version": 0,
            "channel": "web",
            "language": "zh",
            "matter": Matter("石板松了"),
            "contact": CitizenContact(ContactMode.NAMED, "王小河", "13800001234"),
        }
        | changes
    )
