"""Define what happens to one example case: a story of steps, each at its own time.

A story is a generator. It yields its waiting time and its next step, a function of one transaction,
and receives the step's result. The services do the work, as in production.
"""

import random
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any, TypeAlias

from PIL import Image, ImageDraw
from pydantic import BaseModel

from api.catalogue.rules.categories import RequestKind
from api.catalogue.rules.territory import PlaceLevel
from api.contract import (
    AttachmentOut,
    CaseOut,
    Dispatch,
    OpenCase,
    Progress,
    RefuseReturn,
    Remark,
    ReplyCase,
    ReturnCase,
    Urge,
)
from api.contract.surveys import SurveyAnswer
from api.domain.lifecycle import Move
from api.domain.surveys.survey import asks_for_treatment
from api.people.rules.actor import Actor, Role
from api.ports import Files
from api.services.attachments.attachments import add, file_name, prepare
from api.services.desk import ServiceDesk
from api.services.moves import moving
from api.services.moves.opening import open_case
from api.services.surveys.survey import advance, answer_survey
from kernel.database.transaction import Transaction
from nlu.examples import Example

Do: TypeAlias = Callable[[Transaction], Any]
Story: TypeAlias = Generator[tuple[timedelta, Do], Any, None]

CLERK = Actor("demo_clerk", Role.CLERK, "Example clerk")
CHANNELS = ("web", "web", "telegram", "rest")


@dataclass(frozen=True, slots=True)
class Cast:
    """Shared dependencies of all stories."""

    desk: ServiceDesk
    chance: random.Random
    words: Mapping[str, Any]
    sentences: Sequence[Example]
    files: Files

    def line(self, key: str) -> str:
        """Pick one of the lines under `key`."""
        lines: Sequence[str] = self.words[key]
        return self.chance.choice(lines)

    def hours(self, least: float, most: float) -> timedelta:
        """Pick a time between the two."""
        return timedelta(hours=self.chance.uniform(least, most))


def case_story(cast: Cast, serial: int, number: str, *, fresh: bool) -> Story:
    """Run one citizen's matter from the first words to its present state.

    Only a `fresh` one may stay unfinished; older ones are finished.
    """
    chance, desk = cast.chance, cast.desk
    order = _order(cast, serial)
    citizen = Actor("demo_service", Role.SERVICE, "Example", contact_point=order.contact_point)
    case: CaseOut = yield (
        timedelta(),
        partial(open_case, desk=desk, actor=citizen, order=order, number=number, key=None),
    )
    if case.unit is None:
        if fresh and chance.random() < 0.4:
            return  # not yet handled by a clerk
        case = yield from _by_a_clerk(cast, number)
    if chance.random() < 0.12:
        remark = Remark(text=cast.line("remarks"))
        yield (
            cast.hours(1, 5),
            partial(moving.add_remark, desk=desk, actor=citizen, number=number, order=remark),
        )
    if fresh and chance.random() < 0.15:
        return  # not yet signed for
    unit = _unit(case)
    yield (
        cast.hours(0.2, 6),
        _move(desk, unit, number, Move.SIGN_IN),
    )
    if case.urgency == "normal" and chance.random() < 0.08:  # urgent cases have no time for this
        reason = ReturnCase(reason=cast.line("returns"), evidence=cast.line("evidence"))
        yield (
            cast.hours(1, 8),
            partial(
                moving.move, what=Move.RETURN, desk=desk, actor=unit, number=number, order=reason
            ),
        )
        if fresh:
            return  # the return is not decided yet
        refusal = RefuseReturn(reason=cast.line("refusals"))
        yield (
            cast.hours(0.5, 3),
            partial(
                moving.move,
                what=Move.REFUSE_RETURN,
                desk=desk,
                actor=CLERK,
                number=number,
                order=refusal,
            ),
        )
        yield (
            cast.hours(0.2, 2),
            _move(desk, unit, number, Move.SIGN_IN),
        )
    yield from _worked_on(cast, case, unit, citizen, fresh=fresh)


def _move(
    desk: ServiceDesk, actor: Actor, number: str, what: Move, order: BaseModel | None = None
) -> Do:
    return partial(moving.move, desk=desk, actor=actor, number=number, what=what, order=order)


def _by_a_clerk(cast: Cast, number: str) -> Generator[tuple[timedelta, Do], Any, CaseOut]:
    desk = cast.desk
    units = [unit for unit in desk.catalogue.units.values() if unit.level == "city"]
    yield (
        cast.hours(0.1, 0.9),
        _move(desk, CLERK, number, Move.ACCEPT),
    )
    order = Dispatch(unit=cast.chance.choice(units).code)
    case: CaseOut = yield (
        cast.hours(0.05, 0.3),
        partial(
            moving.move, what=Move.DISPATCH, desk=desk, actor=CLERK, number=number, order=order
        ),
    )
    return case


def _worked_on(cast: Cast, case: CaseOut, unit: Actor, citizen: Actor, *, fresh: bool) -> Story:
    chance, desk, number = cast.chance, cast.desk, case.number
    for _ in range(chance.choice((0, 1, 1, 2))):
        note = Progress(note=cast.line("progress"))
        yield (
            cast.hours(3, 26),
            partial(
                moving.move, what=Move.PROGRESS, desk=desk, actor=unit, number=number, order=note
            ),
        )
    if chance.random() < 0.1:
        yield (
            cast.hours(2, 20),
            partial(
                moving.move, what=Move.URGE, desk=desk, actor=citizen, number=number, order=Urge()
            ),
        )
    if fresh and chance.random() < 0.3:
        return  # still in hand
    solved = chance.random() < 0.88
    yield from _replied(cast, case, unit, solved=solved)
    if chance.random() < 0.3:
        for _ in range(5):  # no answer, also by telephone: unreached
            yield timedelta(days=3), partial(advance, desk=desk, number=number)
        return
    content = solved and chance.random() < 0.9
    yield from _rated(cast, case, citizen, content=content)
    if not content and not (fresh and chance.random() < 0.5):
        yield from _replied(cast, case, unit, solved=True)
        yield from _rated(cast, case, citizen, content=True)


def _replied(cast: Cast, case: CaseOut, unit: Actor, *, solved: bool) -> Story:
    desk, number = cast.desk, case.number
    shown: tuple[str, ...] = ()
    wait = cast.hours(4, 50)
    # Some units send photos of the result without a request.
    if case.needs_evidence or cast.chance.random() < 0.15:
        kept: AttachmentOut = yield wait, partial(_photo, cast=cast, actor=unit)
        shown, wait = (kept.id,), timedelta()
    # A citizen calls while the case is in work: at the time of its last move.
    called = cast.chance.random() < 0.9
    reply = ReplyCase(
        claim_true="yes",
        contacted=called,
        contacted_at=desk.clock.now() if called else None,
        solved="yes" if solved else "no",
        why_not=None if solved else cast.line("unsolved"),
        answer=cast.line("answers") if solved else cast.line("unsolved"),
        attachments=shown,
    )
    yield wait, _move(desk, unit, number, Move.REPLY, reply)
    yield timedelta(days=1), partial(advance, desk=desk, number=number)
    yield cast.hours(0.2, 20), partial(advance, desk=desk, number=number)


def _photo(tx: Transaction, cast: Cast, actor: Actor) -> AttachmentOut:
    """Upload a picture that is clearly not a photo: a coloured board on a coloured ground."""
    ground, board = (tuple(cast.chance.choices(range(90, 220), k=3)) for _ in range(2))
    picture, made = Image.new("RGB", (640, 420), ground), BytesIO()
    ImageDraw.Draw(picture).rectangle((170, 110, 470, 310), fill=board, outline="white", width=6)
    picture.save(made, "JPEG")
    file = file_name(cast.desk.ids)
    prepared = prepare(made, None, cast.files, file, cast.desk.attachment_rule)
    return add(tx, cast.desk, actor, prepared)


def _rated(cast: Cast, case: CaseOut, citizen: Actor, *, content: bool) -> Story:
    desk = cast.desk
    treated = asks_for_treatment(desk.survey, RequestKind(case.kind), case.category.code)
    opinion = _opinion(cast, content=content, treated=treated)
    yield (
        cast.hours(0.1, 9),
        partial(answer_survey, desk=desk, actor=citizen, number=case.number, order=opinion),
    )


def _opinion(cast: Cast, *, content: bool, treated: bool) -> SurveyAnswer:
    """Answer the survey; with `treated` about the treatment instead of the satisfaction."""
    good = ("very_satisfied", "satisfied", "satisfied", "fairly_satisfied")
    mood = cast.chance.choice(good) if content else "dissatisfied"
    answer = "yes" if content else "no"
    said = {"contacted": "yes", "solved": answer}
    said |= {"treated": answer} if treated else {"satisfaction": mood}
    if not content:
        words = cast.line("opinions")
        said |= {"reason": "not_done", "words": words, "may_contact": "yes"}
    return SurveyAnswer.model_validate(said)


def _order(cast: Cast, serial: int) -> OpenCase:
    chance, territory = cast.chance, cast.desk.catalogue.territory
    story = chance.choice(cast.sentences)
    streets = [place for place in territory.places.values() if place.level is PlaceLevel.STREET]
    street = chance.choice(streets)
    district = territory.get(street.parent) if street.parent else None
    road, house = cast.line("roads"), str(chance.randint(1, 199))
    named = chance.random() < 0.7
    return OpenCase.model_validate(
        {
            "contact_point": f"demo_{serial:06d}",
            "channel": chance.choice(CHANNELS),
            "kind": story.intent,
            "category": story.category,
            "category_confidence": 0.95 if chance.random() < 0.9 else 0.4,
            "happened": story.text,
            "place": {
                "text": cast.words["address"].format(
                    district=district.zh if district else "",
                    street=street.zh,
                    road=road,
                    house=house,
                ),
                "district": street.parent,
                "street": street.code,
                "road": road,
                "number": house,
            },
            "contact": {
                "mode": "named" if named else "anonymous",
                "name": cast.line("citizens") if named else None,
                "phone": f"1390000{chance.randint(0, 9999):04d}" if named else None,
            },
        }
    )


def _unit(case: CaseOut) -> Actor:
    if case.unit is None:
        raise ValueError(f"{case.number} has no unit after a clerk sent it to one")
    code = case.unit.code
    return Actor(f"demo_{code}", Role.UNIT, case.unit.names.zh, unit=code)
