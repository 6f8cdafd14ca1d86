"""Open a case from a citizen's words, and dispatch it to a unit if that is sure."""

from dataclasses import replace
from datetime import datetime

from api.catalogue.rules.categories import CaseCategory, RequestKind
from api.catalogue.rules.territory import PlaceLevel, Territory
from api.contract import CaseOut, OpenCase
from api.domain.cases.case import Case
from api.domain.cases.matter import CitizenContact, ContactMode, Location, Matter, MatterTime
from api.domain.cases.routing import Experience, Route, Ruling, route
from api.domain.lifecycle import CaseState, Move, require
from api.people.rules import codes
from api.people.rules.actor import SYSTEM, Actor, Role
from api.people.rules.permissions import Action, authorize
from api.services.attachments.attachments import bind
from api.services.cases import views
from api.services.clocks import clocks
from api.services.desk import ServiceDesk
from api.services.keeping import keep
from api.services.once import IdempotentRequest, once
from api.store.work import UnitOfWork
from kernel.database.transaction import Transaction

_ADDRESS = ("road", "number", "estate", "building", "landmark")


def open_case(
    tx: Transaction,
    desk: ServiceDesk,
    actor: Actor,
    order: OpenCase,
    *,
    number: str,
    key: str | None,
    ruling: Ruling | None = None,
) -> CaseOut:
    """Open a case under `number`; accept and dispatch it at once if the unit is sure.

    A `ruling` replaces routing: a leader has named the unit.

    Raises:
        Forbidden: the actor may not open cases.
        CategoryUnknown: the catalogue has no such category.
        AttachmentNotFound: a file was deleted, or is not this citizen's.
        IdempotencyKeyReused: the key was used for another request.
    """
    if actor.role is Role.SERVICE:
        actor = replace(actor, contact_point=order.contact_point)
    authorize(actor, Action.OPEN_CASE)
    require(Move.SUBMIT, actor.acts_as)
    work = desk.work(tx)
    request = IdempotentRequest(Move.SUBMIT, "", order, key)
    return once(desk, work, actor, request, lambda: _open(desk, work, actor, order, number, ruling))


def _open(
    desk: ServiceDesk,
    work: UnitOfWork,
    actor: Actor,
    order: OpenCase,
    number: str,
    ruling: Ruling | None,
) -> CaseOut:
    now = desk.clock.now()
    category = desk.category(order.category)
    point = work.citizens.register(order.contact_point, order.channel, order.language, now)
    case = Case(
        number=number,
        state=CaseState.SUBMITTED,
        kind=RequestKind(order.kind),
        category=category.code,
        urgency=category.urgency_with(order.details),
        unit=None,
        citizen=point.citizen,
        contact_point=point.id,
        channel=order.channel,
        language=order.language,
        opened_at=now,
        changed_at=now,
        due_at=None,
        clerk_by=None,
        owed=_owed(desk, order),
        urged=0,
        urged_at=None,
        matter=_matter(order, desk.catalogue.territory),
        contact=CitizenContact(
            ContactMode(order.contact.mode), order.contact.name, order.contact.phone
        ),
        version=0,
        confidential=order.contact.mode != "named" or order.kind == "report",
        title=title_of(desk, order.happened, category, order.contact.name, order.contact.phone),
    )
    code = send_off(
        desk, work, case, actor, now, confidence=order.category_confidence, ruling=ruling
    )
    bind(work, actor, case, order.attachments, now)
    if order.notice is not None:
        work.identity.consent(point.citizen, order.notice, order.channel, now)
    ticking = clocks.of_case(desk, work, actor, case)
    return views.whole(desk.catalogue, actor, case, code, clocks=ticking)


def title_of(
    desk: ServiceDesk, happened: str, category: CaseCategory, *known: str | None
) -> str | None:
    """Return a case's title in the citizen's words, without `known`; None if there is none."""
    if desk.understanding is None:
        return None
    names, words = category.names, category.words
    hints = (names.zh, names.en, *words.zh, *words.en)
    return desk.understanding.title(happened, known=[word for word in known if word], hints=hints)


def send_off(
    desk: ServiceDesk,
    work: UnitOfWork,
    case: Case,
    actor: Actor,
    now: datetime,
    *,
    confidence: float | None = None,
    ruling: Ruling | None = None,
) -> str:
    """Route and save a new case; return the receipt's access code."""
    case.submit(actor, now)
    category = desk.category(case.category)
    if ruling is not None:
        way = Route(ruling.unit, ruling.because)
    else:
        way = route(
            desk.catalogue,
            category,
            place=case.matter.place.narrowest if case.matter.place else None,
            confidence=confidence,
            words=case.matter.words,
            sure=desk.sure,
            experience=Experience(work.together.rulings(category.code), work.queue.in_hand),
        )
    if ruling is not None and ruling.answered:
        case.answer_online(ruling.unit, SYSTEM, now, ruling.because)
    elif way.unit is None:
        case.wait_for_clerk(desk.clerk_by(now), way.because)
    else:
        case.accept(SYSTEM, now)
        due_at = desk.answer_by(now, category, case)
        case.dispatch(way.unit, SYSTEM, now, due_at=due_at, because=way.because)
    if case.owed:
        case.remind_at = desk.within("remind_owed", now)
    access_code = codes.make(desk.ids.secret(), codes.RECEIPT_LETTERS)
    keep(desk, work, case, in_receipt=True, access_code=access_code)
    return codes.grouped(access_code)


def _owed(desk: ServiceDesk, order: OpenCase) -> tuple[str, ...]:
    shown = desk.photos() if order.attachments else frozenset()
    given = shown | order.details.keys()
    return tuple(dict.fromkeys(key for key in order.owed if key not in given))


def _matter(order: OpenCase, territory: Territory) -> Matter:
    when = order.time
    return Matter(
        happened=order.happened,
        place=_location(order, territory),
        time=MatterTime(when.text, when.start, when.end, when.recurrence) if when else None,
        demand=order.demand,
        details=dict(order.details),
    )


def _location(order: OpenCase, territory: Territory) -> Location | None:
    """Convert the place; unknown codes are removed, the words stay.

    An outdated gazetteer of the caller must not prevent the case: a clerk finds the place.
    """
    place = order.place
    if place is None:
        return None

    def known(code: str | None, level: PlaceLevel) -> str | None:
        found = territory.get(code) if code else None
        return found.code if found is not None and found.level is level else None

    return Location(
        text=place.text,
        district=known(place.district, PlaceLevel.DISTRICT),
        street=known(place.street, PlaceLevel.STREET),
        community=known(place.community, PlaceLevel.COMMUNITY),
        parts={part: value for part in _ADDRESS if (value := getattr(place, part)) is not None},
    )
