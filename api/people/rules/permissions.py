"""Which role may do what: one table of actions, and everything that is not in it is refused.

Services ask it first, before they read anything. Whose case it is, is decided on the case
(`api.domain.cases.rights`), and which move a role may make on a case by the life cycle
(`api.domain.lifecycle`).
"""

from collections.abc import Mapping
from enum import StrEnum

from api.errors import Forbidden
from api.people.rules.actor import HOTLINE, Actor, Role


class Action(StrEnum):
    """What a use case does, as far as roles are concerned."""

    READ_CATALOGUE = "read_catalogue"
    OPEN_CASE = "open_case"
    TAKE_DOWN_CASE = "take_down_case"
    READ_CASE = "read_case"
    MOVE_CASE = "move_case"
    ANSWER_SURVEY = "answer_survey"
    READ_QUEUE = "read_queue"
    FIND_DUPLICATES = "find_duplicates"
    MAKE_CALLS = "make_calls"
    READ_JOINT_WORK = "read_joint_work"
    REVIEW_CANDIDATES = "review_candidates"
    READ_SUPERVISION = "read_supervision"
    READ_FIGURES = "read_figures"
    UPLOAD_FILE = "upload_file"
    REGISTER_CONTACT_POINT = "register_contact_point"
    MANAGE_OWN_DATA = "manage_own_data"
    REDEEM_EXPORT = "redeem_export"
    TALK_TO_LEADER = "talk_to_leader"
    WATCH_LIVE_DESK = "watch_live_desk"
    HOST_LIVE_SESSION = "host_live_session"
    REPORT_DELIVERIES = "report_deliveries"
    READ_DELIVERIES = "read_deliveries"
    MANAGE_WEBHOOKS = "manage_webhooks"
    MANAGE_STAFF = "manage_staff"
    READ_AUDIT = "read_audit"
    MANAGE_JOBS = "manage_jobs"


_READERS = HOTLINE | {Role.CITIZEN, Role.UNIT}
_OFFICES = HOTLINE | {Role.UNIT}

PERMISSIONS: Mapping[Action, frozenset[Role]] = {
    Action.READ_CATALOGUE: frozenset(Role) - {Role.SYSTEM},
    Action.OPEN_CASE: frozenset({Role.CITIZEN, Role.CLERK, Role.SUPERVISOR}),
    Action.TAKE_DOWN_CASE: frozenset({Role.CLERK}),
    Action.READ_CASE: _READERS,
    Action.MOVE_CASE: _READERS,
    Action.ANSWER_SURVEY: frozenset({Role.CITIZEN, Role.CLERK}),
    Action.READ_QUEUE: _OFFICES,
    Action.FIND_DUPLICATES: HOTLINE,
    Action.MAKE_CALLS: HOTLINE,
    Action.READ_JOINT_WORK: _OFFICES,
    Action.REVIEW_CANDIDATES: HOTLINE,
    # A clerk works on cases; how units are judged is for those who lead, and a unit sees its own.
    Action.READ_SUPERVISION: frozenset({Role.UNIT, Role.LEADER, Role.SUPERVISOR}),
    Action.READ_FIGURES: frozenset({Role.UNIT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN}),
    Action.UPLOAD_FILE: frozenset({Role.CITIZEN, Role.UNIT, Role.CLERK}),
    Action.REGISTER_CONTACT_POINT: frozenset({Role.SERVICE, Role.CITIZEN, Role.CLERK}),
    Action.MANAGE_OWN_DATA: frozenset({Role.CITIZEN}),
    Action.REDEEM_EXPORT: frozenset({Role.SERVICE}),
    Action.TALK_TO_LEADER: frozenset({Role.CITIZEN}),
    Action.WATCH_LIVE_DESK: HOTLINE,
    Action.HOST_LIVE_SESSION: frozenset({Role.LEADER}),
    Action.REPORT_DELIVERIES: frozenset({Role.SERVICE}),
    Action.READ_DELIVERIES: HOTLINE | {Role.ADMIN},
    # Not of a service: a stolen token of a bot must not send every citizen's news elsewhere.
    Action.MANAGE_WEBHOOKS: frozenset({Role.ADMIN}),
    Action.MANAGE_STAFF: frozenset({Role.ADMIN}),
    Action.READ_AUDIT: frozenset({Role.ADMIN}),
    Action.MANAGE_JOBS: frozenset({Role.ADMIN}),
}
"""The roles that each action is allowed to."""


def is_allowed(role: Role, action: Action) -> bool:
    """Tell whether the table allows `action` to `role`; an action without a row is nobody's."""
    return role in PERMISSIONS.get(action, frozenset())


def authorize(actor: Actor, action: Action) -> None:
    """Refuse an action that the table does not allow to the role in which the actor speaks.

    Raises:
        ContactPointRequired: a service that names no citizen, for an action of citizens.
        Forbidden: the action is not this role's.
    """
    if is_allowed(actor.acts_as, action):
        return
    if actor.acts_as is Role.SERVICE and is_allowed(Role.CITIZEN, action):
        raise ContactPointRequired
    raise Forbidden(role=actor.acts_as)


class ContactPointRequired(Forbidden):
    """A service has rights only as the citizen whom it speaks for, and it names none."""

    code = "contact_point_required"
