"""Random people make random moves on real cases, through the services and a real database.

What must hold after every step: nothing happened that the table of moves does not have, each case
has the clocks that its state wants, its history only grew and ends where the case stands, and each
entry was told once to each who listens. `WALKS=2000` walks more; CI walks a little.
"""

import asyncio
import os
import shutil
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from case_service import EAST, LANE, order, tiny_catalogue
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from api import contract
from api.app import LISTENERS
from api.catalogue.rules.calendar import day_of
from api.catalogue.rules.clocks import ClockKind
from api.contract.surveys import SurveyAnswer
from api.domain.cases.events import TYPES
from api.domain.cases.numbers import case_number
from api.domain.lifecycle import ENDS, OPEN, TABLE, UNANSWERED, CaseState, Move
from api.domain.surveys.answers import CHOICES, Question
from api.errors import Refusal
from api.people.rules.actor import Actor, Role
from api.services.clocks.escalating import due_clocks, sweep
from api.services.desk import ServiceDesk
from api.services.moves.moving import ACTS, move
from api.services.moves.opening import open_case
from api.services.moves.reminding import remind
from api.services.surveys import calls, survey
from api.store.cases.tables import case_part
from api.store.events.tables import event
from api.webhooks.service import wire_subscriber
from api.webhooks.tables import webhook_delivery
from kernel.clock import ManualClock
from kernel.database.database import Database
from kernel.ids import SequentialIds
from kernel.privacy.crypto import Keyring

EAST_DESK = f"DESK-{EAST}"
UNITS = (LANE, EAST_DESK, "WORKS", "WATER-EAST")
STAFF = (
    *(Actor(f"stf_{unit}", Role.UNIT, unit, unit=unit) for unit in UNITS),
    Actor("stf_c", Role.CLERK, "Li"),
    Actor("stf_s", Role.SUPERVISOR, "Sun"),
    Actor("stf_l", Role.LEADER, "Liang"),
    Actor("stf_a", Role.ADMIN, "Root"),
)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

K = ClockKind
PROMISE = frozenset({K.ANSWER, K.REHANDLE})
WANTED: dict[CaseState, tuple[frozenset[ClockKind], ...]] = {
    CaseState.SUBMITTED: (frozenset({K.ACCEPT}),),
    CaseState.ACCEPTED: (frozenset({K.ACCEPT}),),
    CaseState.DISPATCHED: (PROMISE, frozenset({K.SIGN_IN})),
    CaseState.PROCESSING: (PROMISE,),
    CaseState.REHANDLING: (frozenset({K.REHANDLE}),),
    CaseState.SUPPLEMENT: (PROMISE | {K.ACCEPT},),
    CaseState.RETURN_PENDING: (PROMISE, frozenset({K.RETURN_DECISION})),
    CaseState.EXTENSION_PENDING: (PROMISE, frozenset({K.EXTENSION})),
    CaseState.ASSESSMENT: (frozenset({K.ASSESSMENT}),),
    CaseState.REPLIED: (),
    CaseState.CALLBACK: (frozenset({K.CALLBACK}),),
}
"""Of each of these sets one clock runs or stands still, while a case is in a state."""

OF_ITS_OWN = frozenset(
    {
        "already_in",
        "cannot_merge",
        "case_not_found",  # of a unit without a part in it
        "case_ruled",
        "extension_too_late",
        "extension_too_long",
        "no_such_meeting",
        "no_tier",
        "not_helping",
        "return_too_late",
        "until_invalid",
        "urge_limit_reached",
        "urgent_not_paused",
    }
)
"""Refusals beyond the table, each from a rule of its own move."""


WAYS = (
    (Move.ACCEPT, Move.DISPATCH, Move.SIGN_IN),
    (Move.SIGN_IN, Move.PROGRESS, Move.REPLY, 30),
    (Move.SIGN_IN, Move.REPLY, 30, 800),
    (Move.SIGN_IN, Move.REPLY, 30, Move.RATE, Move.REPLY, 30, Move.RATE),
    (Move.RETURN, Move.ACCEPT_RETURN, Move.DISPATCH, Move.RETURN),
    (Move.RETURN, Move.REFUSE_RETURN, Move.SIGN_IN),
    (Move.SIGN_IN, Move.ASK_EXTENSION, Move.GRANT_EXTENSION),
    (Move.SIGN_IN, Move.ASK_EXTENSION, Move.REFUSE_EXTENSION),
    (Move.SIGN_IN, Move.ASK_SUPPLEMENT, 80, Move.RESUME),
    (Move.OPEN_ASSESSMENT, Move.GIVE_VIEW, Move.RULE),
    (Move.ADD_HELPER, Move.MEET, Move.FINISH_TASK, Move.FINISH_MEETING),
    (Move.ADD_HELPER, Move.TIER_UP, Move.REMOVE_HELPER, Move.TIER_DOWN),
    (Move.MERGE, Move.WITHDRAW),
    (Move.WITHDRAW,),
)
"""Ways that cases go; a number is of hours that pass."""

CATALOGUE = tiny_catalogue()


class City:
    """One city for one walk: a database, its desk, and who listens to it."""

    def __init__(self, runner: asyncio.Runner, file: Path) -> None:
        self.runner = runner
        self.database = Database(f"sqlite:///{file}")
        self.clock = ManualClock()
        self.desk = ServiceDesk(
            catalogue=CATALOGUE,
            keyring=Keyring.from_setting("a secret of the walks long enough"),
            clock=self.clock,
            ids=SequentialIds(),
            listeners=LISTENERS,
        )
        self.opened = 0
        self.run(wire_subscriber, self.desk, "bot", "http://bot/hooks", SECRET)

    def run(self, function, *args, **kw):
        return self.runner.run(self.database.run(function, *args, **kw))

    def read(self, function):
        return self.runner.run(self.database.read(lambda tx: function(tx, self.desk.work(tx))))

    def number(self) -> str:
        self.opened += 1
        return case_number(day_of(self.clock.now()), self.opened)

    def close(self) -> None:
        self.runner.run(self.database.close())


@pytest.fixture(scope="module", autouse=True)
def walks(migrated_file, tmp_path_factory):
    """A migrated database, copied for each walk; and what all walks together came to."""
    Walk.template, Walk.folder = migrated_file, tmp_path_factory.mktemp("walks")
    Walk.runner, Walk.made = asyncio.Runner(), set()
    yield
    Walk.runner.close()
    assert len(Walk.made) > 25, f"walks that go nowhere show nothing: {set(Move) - Walk.made}"


class Walk(RuleBasedStateMachine):
    """Two citizens' cases of one place, and everybody who may have to do with them."""

    template: Path
    folder: Path
    runner: asyncio.Runner
    made: set[Move]

    def __init__(self):
        super().__init__()
        file = self.folder / "walk.db"
        shutil.copyfile(self.template, file)
        self.city = City(self.runner, file)

    def teardown(self):
        self.city.close()
        for left in self.folder.glob("walk.db*"):
            left.unlink()

    @initialize(
        kinds=st.lists(
            st.tuples(
                st.sampled_from(["complaint", "consult", "report"]),
                st.sampled_from(["0201", "0201", "0102"]),
                st.booleans(),
            ),
            min_size=2,
            max_size=3,
        ),
        data=st.data(),
        ways=st.lists(st.sampled_from(WAYS), min_size=1, max_size=3),
    )
    def citizens_come(self, kinds, data, ways):
        self.cases: dict[str, Actor] = {}
        self.versions: dict[str, int] = {}
        for n, (kind, category, known) in enumerate(kinds):
            self.comes(f"cnv_{n}", kind, category, known=known)
        for way in ways:
            self.goes(data, way)

    def comes(self, point, kind, category, *, known):
        number = self.city.number()
        speaks = Actor("service", Role.SERVICE, contact_point=point)
        matter = order(contact_point=point, kind=kind, category=category, owed=("photo",))
        if not known:
            matter = matter.model_copy(update={"place": None})
        self.city.run(open_case, self.city.desk, speaks, matter, number=number, key=None)
        self.cases[number] = speaks

    # What people do

    @rule(data=st.data())
    def somebody_tries(self, data):
        number = data.draw(st.sampled_from(sorted(self.cases)))
        actor = data.draw(st.sampled_from([*STAFF, *self.cases.values()]))
        self.tries(data, number, actor, data.draw(st.sampled_from(sorted(ACTS))))

    @rule(data=st.data(), way=st.sampled_from(WAYS))
    def a_case_goes_a_usual_way(self, data, way):
        self.goes(data, way)

    def goes(self, data, way):
        """So that the deeper states are reached, too: each move by one who may make it."""
        number = data.draw(st.sampled_from(sorted(self.cases)))
        for what in way:
            if isinstance(what, int):
                self.time_passes(what)
                continue
            if what is Move.RATE:
                self.answers(data, number, self.cases[number])
                continue
            number = self.case(number).merged_into or number
            case = self.case(number)
            able = [item for item in (*STAFF, self.cases[number]) if self.allowed(case, item, what)]
            if able:
                self.tries(data, number, data.draw(st.sampled_from(able)), what)
            self.all_is_as_it_should_be()

    def tries(self, data, number, actor, what):
        before = self.case(number)
        allowed = self.allowed(before, actor, what)
        made = self.order_for(data, what, before)
        fresh = self.city.number() if ACTS[what].fresh else None
        try:
            shown = self.city.run(move, self.city.desk, actor, number, what, made, fresh=fresh)
        except Refusal as refused:
            self.expect(refused, OF_ITS_OWN if allowed else None)
            assert self.case(number) == before, "a refusal leaves no trace"
            return
        assert allowed, (actor, what, before.state)
        assert shown.version == self.case(number).version > before.version
        if fresh is not None:
            self.cases[fresh] = self.cases[number]

    @staticmethod
    def expect(refused, codes):
        """Let the walk go on if the refusal is one of these; None: any is."""
        assert codes is None or refused.code in codes, refused

    @staticmethod
    def allowed(case, actor, what):
        row = TABLE[what]
        if case.state not in row.sources or actor.acts_as not in row.roles:
            return False
        if actor.role is Role.UNIT:
            return row.part in case.parts_of(actor.unit)
        return actor.role is not Role.SERVICE or actor.contact_point == case.contact_point

    def order_for(self, data, what, case):
        unit = data.draw(st.sampled_from(UNITS))
        until = self.city.clock.now() + timedelta(days=data.draw(st.integers(1, 9)))
        others = sorted(set(self.cases) - {case.number}) or [case.number]
        why = "it is so"
        given = {
            "unit": unit,
            "lead": unit,
            "until": until,
            "reason": why,
            "note": why,
            "evidence": why,
            "what": why,
            "answer": why,
            "why_not": why,
            "text": why,
            "happened": why,
            "exclusion": "court",
            "claim_true": "yes",
            "contacted": False,
            "solved": "no",
            "stand": "partly",
            "principle": "in_charge",
            "participants": ("A", "B"),
            "category": data.draw(st.sampled_from(["0101", "0102", "0201"])),
            "into": data.draw(st.sampled_from(others)),
            "details": {"photo": "a"} if what is Move.ADD_DETAILS else (),
        }
        model = ACTS[what].order
        if model is None:
            return None
        if model is contract.Remark and what is Move.REMARK:
            return contract.Remark(text=why)
        if model is contract.ChangeTier and data.draw(st.booleans()):
            given.pop("unit")
        fields = {key: value for key, value in given.items() if key in model.model_fields}
        return model.model_validate(fields)

    @rule(data=st.data())
    def a_citizen_or_a_clerk_answers_the_survey(self, data):
        number = data.draw(st.sampled_from(sorted(self.cases)))
        actor = data.draw(st.sampled_from([self.cases[number], STAFF[len(UNITS)]]))
        self.answers(data, number, actor)

    def answers(self, data, number, actor):
        """Answer some or all of the questions."""
        asked = data.draw(st.sampled_from([list(Question), [Question.CONTACTED, Question.SOLVED]]))
        said = {item.value: data.draw(st.sampled_from(CHOICES[item])) for item in asked}
        answer = SurveyAnswer.model_validate({**said, "words": "so"})
        try:
            self.city.run(survey.answer_survey, self.city.desk, actor, number, answer)
        except Refusal as refused:
            self.expect(refused, {"survey_not_found", "survey_not_by_telephone", "case_not_found"})

    @rule(data=st.data())
    def a_clerk_calls(self, data):
        number = data.draw(st.sampled_from(sorted(self.cases)))
        try:
            self.city.run(calls.note_unreached, self.city.desk, STAFF[len(UNITS)], number)
        except Refusal as refused:
            self.expect(refused, {"survey_not_found", "survey_not_by_telephone"})

    @rule(hours=st.sampled_from([1, 5, 25, 80, 400]))
    def some_time_passes(self, hours):
        self.time_passes(hours)

    def time_passes(self, hours):
        """Move the clock, and have done by itself what is due by then."""
        city = self.city
        city.clock.advance(hours=hours)
        now = city.clock.now()
        due = city.read(lambda tx, _: due_clocks(tx, city.desk, None, 500))
        city.run(sweep, city.desk, [item.id for item in due])
        left = city.read(lambda tx, _: due_clocks(tx, city.desk, None, 500))
        assert not left, "a step is taken once"
        for item in city.read(lambda _, work: work.cases.to_remind(now, None, 500)):
            city.run(remind, city.desk, item.id)
        for item in city.read(lambda _, work: work.surveys.due(now, None, 500)):
            city.run(survey.advance, city.desk, item.id)

    # What must hold

    def case(self, number):
        return self.city.read(lambda _, work: work.cases.get(number))

    @invariant()
    def all_is_as_it_should_be(self):
        for number in getattr(self, "cases", ()):
            self.city.read(lambda tx, work, number=number: self.check(tx, work, number))

    def check(self, tx, work, number):
        case = work.cases.get(number)
        if case.version == self.versions.get(number):
            return  # nobody has moved it since it was looked at
        history, clocks = work.cases.history(number), work.clocks.running(number)
        self.made.update(item.move for item in history)
        self.the_history_is_one_chain_of_moves_of_the_table(case, history)
        assert len(history) > self.versions.get(number, 0), "a history only grows"
        self.versions[number] = len(history)
        self.no_clock_is_lost(case, clocks, work.together)
        self.each_entry_is_told_once(tx, work, case, history)
        parts = select(case_part.c.unit).where(case_part.c.number == number)
        assert set(tx.execute(parts).scalars()) == {*case.helpers, *case.members}
        assert case.unit is None or case.unit not in case.helpers

    @staticmethod
    def the_history_is_one_chain_of_moves_of_the_table(case, history):
        assert [item.seq for item in history] == list(range(1, case.version + 1))
        assert history[-1].to_state is case.state
        assert history[0].from_state is None
        for earlier, later in pairwise(history):
            assert later.from_state is earlier.to_state
            assert later.at >= earlier.at
        for item in history:
            row = TABLE[item.move]
            assert item.actor_role in row.roles, item
            assert item.from_state in row.sources or item.from_state is None, item
            if not row.back:
                assert item.to_state is (row.target or item.from_state), item

    @staticmethod
    def no_clock_is_lost(case, clocks, together):
        kinds = Counter(clock.kind for clock in clocks)
        if case.state in ENDS:
            assert not clocks, (case.state, kinds)
            assert case.due_at is case.clerk_by is None
            return
        assert case.state in OPEN
        for wanted in WANTED[case.state]:
            assert sum(kinds[kind] for kind in wanted) == 1, (case.state, wanted, kinds)
        assert kinds[K.CONTACT] <= 1
        promised = [clock for clock in clocks if clock.kind in PROMISE]
        if promised and case.state in UNANSWERED:
            assert case.due_at == promised[0].due_at
        if case.state in UNANSWERED:
            assert {clock.subject for clock in clocks if clock.kind is K.TASK} == set(case.helpers)
        undone = [meeting for meeting in together.meetings(case.number) if meeting.done_at is None]
        assert kinds[K.MEETING] == len(undone)
        open_tasks = {task.unit for task in together.tasks(case.number) if task.open}
        assert open_tasks == set(case.helpers)

    @staticmethod
    def each_entry_is_told_once(tx, work, case, history):
        events = work.events.of(case.number)
        assert [item.seq for item in events] == list(range(1, len(events) + 1))
        listed = [item for item in events if item.type.startswith("case.")]
        owners = {case.contact_point}
        own = Counter(item.type for item in listed if item.contact_point in owners)
        assert own == Counter(TYPES[item.move] for item in history if item.move in TYPES)
        for follower in {item.contact_point for item in listed} - owners:
            copies = Counter(item.type for item in listed if item.contact_point == follower)
            assert copies <= own, "nobody who follows hears of more than there was"
        sent = tx.execute(
            select(webhook_delivery.c.event, event.c.type)
            .join(event, event.c.id == webhook_delivery.c.event)
            .where(event.c.order_key == case.number)
        ).all()
        assert len({row.event for row in sent}) == len(sent), "each event is pushed once"


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    max_examples=int(os.environ.get("WALKS", "30")),
    stateful_step_count=20,
    deadline=None,
    derandomize="WALKS" not in os.environ,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
