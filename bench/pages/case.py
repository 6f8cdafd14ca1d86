"""Read the data of the case page, and handle its forms."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from api.console.context import CASES_TOPIC
from api.console.view import choices, wording
from api.console.view.case import answers, facts, read_case_page
from api.console.view.forms import Field, MoveForm, Widget, form_of, values_of
from api.console.view.reader import Reader
from api.contract import AttachmentOut, CaseOut, Contact, HistoryEntry
from api.contract.cases.case import ClockOut
from api.domain.lifecycle import Move
from api.people.rules.actor import Role
from api.services.showing import show_contact

_LAST = (Move.REMARK, Move.ADD_DETAILS)
"""Moves that are always allowed; shown below those that change the state."""
_UNITS = frozenset({"unit", "lead"})
_LISTS = frozenset({"members", "helpers", "details"})
_DETAIL = "detail."
_WARN = 0.8
"""Share of the time limit from which a bar is shown as urgent; a warning is sent then too."""


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form with its words; `groups` are the options of a choice."""

    key: str
    words: str
    widget: str
    required: bool
    longest: int | None = None
    groups: tuple[choices.Group, ...] = ()
    several: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One move with its fields. `key` is its idempotency key."""

    move: str
    words: str
    hint: str | None
    danger: bool
    inputs: tuple[Input, ...]
    key: str


@dataclass(frozen=True, slots=True)
class ClockBar:
    """A clock in words, the elapsed share of its time, and its state."""

    name: str
    unit: str | None
    share: int
    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case as one reader sees it. `fingerprint` changes when the allowed moves change."""

    case: CaseOut
    due: wording.DueWords
    opened: str
    facts: tuple[tuple[str, str], ...]
    because: tuple[str, ...]
    files: tuple[AttachmentOut, ...]
    clocks: tuple[ClockBar, ...]
    survey: tuple[tuple[str, str], ...] | None
    survey_state: str | None
    masked: tuple[tuple[str, str], ...]
    hidden: bool
    owed: tuple[str, ...]
    entries: tuple["Entry", ...]
    forms: tuple[Form, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history."""

    entry: HistoryEntry
    at: str
    moved: str
    who: str
    states: tuple[str, str] | None
    because: tuple[str, ...]
    files: tuple[AttachmentOut, ...]


async def read_page(reader: Reader, number: str) -> CasePage:
    """Read a case with all data and moves that its reader is allowed.

    Raises:
        NotFound: there is none for this reader.
    """
    context, actor = reader.context, await reader.actor()
    read = await context.database.read(read_case_page, context.desk, actor, number)
    case, now = read.case, context.desk.clock.now()
    survey = read.survey if read.survey is not None and read.survey.state != "planned" else None
    far = now + timedelta(days=3650)
    clocks = sorted(case.clocks, key=lambda clock: clock.due_at or far)
    staffs = [file for file in read.files if file.sender == "staff"]
    forms = tuple(_forms(reader, case))
    offered = (
        [form.move for form in forms],
        case.owed,
        case.unit and case.unit.code,
        case.needs_evidence,
    )
    return CasePage(
        case,
        wording.due(reader, case, now),
        wording.moment(reader, case.opened_at, now),
        tuple(facts(reader, case, now)),
        tuple(wording.reason(reader, reason) for reason in case.because),
        tuple(file for file in read.files if file.sender == "citizen" or file.entry is None),
        tuple(_clock(reader, clock, now) for clock in clocks),
        tuple(answers(reader, survey)) if survey is not None else None,
        survey.state if survey is not None else None,
        tuple(_masked(case.contact)),
        actor.role is Role.UNIT and (case.contact.mode == "confidential" or case.kind == "report"),
        tuple(wording.detail_name(reader, key) for key in case.owed),
        tuple(_entry(reader, entry, staffs, now) for entry in reversed(read.history.entries)),
        forms,
        hashlib.sha256(repr(offered).encode()).hexdigest()[:12],
    )


async def show_contact_of(reader: Reader, number: str) -> Contact:
    """Read a citizen's name and phone, and record the access in the audit log."""
    context, actor = reader.context, await reader.actor()
    return await context.database.run(show_contact, context.desk, actor, number)


async def make_move(reader: Reader, number: str, move: str, sent: Mapping[str, str]) -> str | None:
    """Make a move; return the error's words when a field is wrong.

    Raises:
        Refusal: the service refuses it.
    """
    form = form_of(Move(move)) if move in set(Move) else None
    if form is None:
        return reader.say("refused", code="move")
    try:
        order = _order(form, sent)
    except ValidationError as refused:
        keys = {str(error["loc"][0]) for error in refused.errors() if error["loc"]}
        names = [_label(reader, form, key) for key in sorted(keys)]
        if names:
            return reader.say("form_wrong", fields=wording.listed(reader, names))
        return reader.say_or(f"form_{move}_incomplete", reader.say("form_empty"))
    context, actor = reader.context, await reader.actor()
    given: dict[str, object] = {"order": order} if order is not None else {}
    if form.opens:
        given["fresh"] = await context.numbers.take()
    key = sent.get("key", "")[:64]
    await context.database.run(form.function, context.desk, actor, number, key=key, **given)
    context.bell.ring(CASES_TOPIC, number)
    return None


def _order(form: MoveForm, sent: Mapping[str, str]) -> object | None:
    if form.order is None:
        return None
    values = values_of(form.fields, sent)
    details = {
        name.removeprefix(_DETAIL): value.strip()
        for name, value in sent.items()
        if name.startswith(_DETAIL) and value.strip()
    }
    if details:
        values["details"] = details
    return form.order.model_validate(values)


def _masked(contact: Contact) -> Iterator[tuple[str, str]]:
    if contact.name:
        yield "contact_name", wording.masked_name(contact.name)
    if contact.phone:
        yield "contact_phone", wording.masked_phone(contact.phone)


def _clock(reader: Reader, clock: ClockOut, now: datetime) -> ClockBar:
    tone = "soon" if clock.used >= _WARN else "calm"
    if clock.paused or clock.due_at is None:
        tone, words = "paused", reader.say("clock_paused")
    else:
        until = wording.moment(reader, clock.due_at, now)
        if clock.lapsed:
            tone, words = "late", reader.say("clock_lapsed", until=until)
        else:
            kind = "clock_working" if clock.working_time else "clock_round"
            left = wording.span(reader, timedelta(seconds=clock.left))
            words = reader.say(kind, until=until, left=left)
    return ClockBar(
        reader.say(f"clock_{clock.kind}"),
        reader.name(clock.unit.names) if clock.unit is not None else None,
        min(max(round(clock.used * 100), 0), 100),
        words,
        tone,
    )


def _entry(reader: Reader, entry: HistoryEntry, files: list[AttachmentOut], now: datetime) -> Entry:
    changed = entry.from_state is not None and entry.from_state != entry.to_state
    return Entry(
        entry,
        wording.moment(reader, entry.at, now),
        wording.moved(reader, entry),
        wording.who(reader, entry),
        (wording.state(reader, entry.from_state or ""), wording.state(reader, entry.to_state))
        if changed
        else None,
        tuple(wording.reason(reader, reason) for reason in entry.because),
        tuple(file for file in files if file.entry == entry.seq),
    )


def _forms(reader: Reader, case: CaseOut) -> Iterator[Form]:
    offered = [form for move in case.moves if (form := form_of(Move(move)))]
    for form in sorted(offered, key=lambda form: form.move in _LAST):
        adds = form.move is Move.ADD_DETAILS
        if adds and not case.owed:
            continue
        inputs = [
            _input(reader, case, form, field)
            for field in form.fields
            if not (adds and field.key == "text")
        ]
        if adds:
            inputs += [
                Input(f"{_DETAIL}{key}", wording.detail_name(reader, key), "line", required=False)
                for key in case.owed
            ]
        hint = f"move_{form.move}_hint"
        yield Form(
            form.move,
            wording.move(reader, form.move),
            reader.say(hint) if reader.context.texts.has(hint) else None,
            form.move is Move.REJECT or "return" in form.move.value,
            tuple(inputs),
            reader.context.desk.ids.new("con"),
        )


def _input(reader: Reader, case: CaseOut, form: MoveForm, field: Field) -> Input:
    key, words, widget = field.key, _label(reader, form, field.key), field.widget
    several = widget is Widget.LIST and key in _LISTS
    groups: tuple[choices.Group, ...] = ()
    if key == "exclusion":
        groups = tuple(choices.exclusions(reader))
    elif key == "details" and several:
        groups = tuple(choices.details(reader))
    elif key in _UNITS or several:
        street = case.place.street if case.place is not None else None
        groups = tuple(choices.units(reader, street))
    if groups:
        return Input(key, words, "select", field.required, groups=groups, several=several)
    if widget in {Widget.YES_NO, Widget.CHOICE}:
        values = field.choices or ("yes", "no")
        options = [(value, wording.choice(reader, key, value)) for value in values]
        return Input(key, words, "radios", field.required, groups=(("", options),))
    required = field.required
    if widget is Widget.FILES:
        required = required or (form.move is Move.REPLY and case.needs_evidence)
    kind = "words" if widget is Widget.LIST else widget.value
    return Input(key, words, kind, required, field.longest)


def _label(reader: Reader, form: MoveForm, key: str) -> str:
    for words in (f"field_{form.move}_{key}", f"field_{key}"):
        if reader.context.texts.has(words):
            return reader.say(words)
    return key.replace("_", " ")
