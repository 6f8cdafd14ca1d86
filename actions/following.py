"""After the receipt: progress, late details, urging, rating, taking back the citizen's own case.

Which case is meant: the one whose number is said, else the one last spoken of, else the newest.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence

from rasa_sdk.events import EventType, SlotSet

from actions import categories
from actions.answers import LINE, read
from actions.beginning import begin
from actions.book import Book, book
from actions.context import services
from actions.message import REQUESTS, Message
from actions.phrases import has_letters, phrases
from actions.rating import tapped
from actions.turn import CitizenAction, Turn, set_pending
from actions.words import payload
from api.client import ApiProblem
from api.contract import CaseOut, CaseSummary
from api.contract.wire import MAX_WORDS

WITHDRAW, ADD = "withdraw", "add"
"""What is pending after "shall I take it back?" and after "what would you like to add?"."""

LISTED = 5
ENDED = frozenset({"closed", "answered_online", "rejected", "withdrawn", "merged"})


async def own_case(turn: Turn) -> CaseOut | list[EventType]:
    """The case that is meant, or the events of having said that there is none."""
    client, citizen = services().client, turn.conversation
    wanted = turn.message.word("case_number") or turn.slots.get("last_case")
    if wanted is None:
        newest = await client.cases(contact_point=citizen, limit=1)
        if not newest.items:
            return await _no_case(turn)
        wanted = newest.items[0].number
    try:
        return await client.case(str(wanted), contact_point=citizen)
    except ApiProblem as error:
        if error.code not in ("case_not_found", "invalid_request", "not_found"):
            raise
        if (code := _ACCESS.search(turn.message.said)) is not None:
            return await _followed(turn, str(wanted), code[0])
        turn.respond("utter_case_not_found", number=str(wanted))
        return []


_ACCESS = re.compile(r"(?<![0-9A-Za-z-])[0-9A-Za-z]{4}(?:[- ][0-9A-Za-z]{4}){2}(?![0-9A-Za-z-])")
"""An access code, as a receipt shows it."""


async def _followed(turn: Turn, number: str, code: str) -> CaseOut | list[EventType]:
    """Find another channel's case by the access code that was said with its number."""
    client = services().client
    try:
        return await client.follow(turn.conversation, number, code, turn.channel, turn.language)
    except ApiProblem as error:
        tries = error.code == "tries_used_up"
        turn.respond("utter_follow_tries" if tries else "utter_follow_wrong", number=number)
        return []


async def _no_case(turn: Turn) -> list[EventType]:
    """Say that nothing was filed yet; impatient words that tell of a matter open one."""
    if turn.in_form:
        turn.respond("utter_still_filing")
        return []
    known = await book()
    guess = categories.guess(turn.message, known)
    impatient = turn.message.intent in ("urge", "rate")
    if impatient and guess.code is not None and known.substantial(turn.message.said, guess.code):
        likely = (one.name for one in turn.message.intents if one.name in REQUESTS - {"consult"})
        return await begin(turn, next(likely, "help"), turn.message)
    turn.respond("utter_no_case_yet")
    return []


class AboutCase(CitizenAction, ABC):
    """What is done with one case of the citizen."""

    async def act(self, turn: Turn) -> list[EventType]:
        """Find the case that is meant and go on with it."""
        found = await own_case(turn)
        return await self.about(turn, found) if isinstance(found, CaseOut) else found

    @abstractmethod
    async def about(self, turn: Turn, case: CaseOut) -> list[EventType]:
        """Do it to `case`, speak, and give the events that follow."""


class Progress(AboutCase):
    """Tells who holds a case, since when and until when."""

    def name(self) -> str:
        """See the base class."""
        return "action_progress"

    async def act(self, turn: Turn) -> list[EventType]:
        """Tell of the case that is named; with none named, list them when there are several."""
        if not turn.message.word("case_number"):
            page = await services().client.cases(contact_point=turn.conversation, limit=LISTED)
            if len(page.items) > 1:
                self._list(turn, page.items)
                return []
            if page.items:
                return await self._told(turn, page.items[0])
        return await super().act(turn)

    async def about(self, turn: Turn, case: CaseOut) -> list[EventType]:
        """Tell of one case."""
        return await self._told(turn, case)

    async def _told(self, turn: Turn, case: CaseSummary) -> list[EventType]:
        self._tell(turn, case, await book())
        return [SlotSet("last_case", case.number)]

    def _list(self, turn: Turn, cases: Sequence[CaseSummary]) -> None:
        words = turn.words
        lines = [
            words.piece(
                "utter_piece_case",
                number=one.number,
                category=_called(one, turn.language),
                state=words.piece(f"utter_state_{one.state}"),
            )
            for one in cases
        ]
        buttons = [
            {"title": one.number, "payload": payload("check_progress", case_number=one.number)}
            for one in cases
        ]
        turn.respond("utter_which_case", buttons=buttons, lines="\n".join(lines))

    def _tell(self, turn: Turn, case: CaseSummary, known: Book) -> None:
        words, language = turn.words, turn.language
        lines = [
            words.piece(
                "utter_progress",
                number=case.number,
                category=_called(case, language),
                state=words.piece(f"utter_state_{case.state}"),
                changed=words.moment(case.changed_at),
            )
        ]
        if case.unit is not None:
            phone = case.unit.phone or ""
            name = case.unit.names.in_language(language)
            example = words.piece("utter_piece_example") if case.unit.example_phone else ""
            key = "utter_receipt_unit" if phone else "utter_receipt_unit_only"
            lines.append(words.piece(key, unit=name, phone=phone + example))
        # What was late when it was asked for is late still: its clock was over.
        if case.state == "supplement" and case.due_at is None:
            lines.append(words.piece("utter_progress_paused"))
        elif case.due_at is not None and case.state not in ENDED:
            late = case.due_at < services().clock.now()
            keys = _LATE if late else ("utter_receipt_due", "utter_receipt_clerk_by")
            moment = words.moment(case.due_at)
            lines.append(words.piece(keys[not case.unit], due=moment, by=moment))
            if late:
                lines.append(words.piece(_pressed(case)))
        if case.owed and case.state not in ENDED:
            owed = words.listed(known.names(case.owed, language))
            lines.append(words.piece("utter_receipt_owed", owed=owed))
        turn.say("\n".join(lines))


def _called(case: CaseSummary, language: str) -> str:
    """What a case is called: by its title, which several of one category do not share."""
    return case.title or case.category.names.in_language(language)


_LATE = ("utter_progress_late", "utter_progress_late_clerk")


def _pressed(case: CaseSummary) -> str:
    """Say what was done about a case that is late; the gravest says all."""
    if "reported" in case.flags:
        return "utter_progress_reported"
    if "supervised" in case.flags:
        return "utter_progress_supervised"
    return "utter_progress_pressed" if case.pressed else "utter_progress_press"


class AddDetails(AboutCase):
    """Puts more words, and details that were owed, on a case."""

    def name(self) -> str:
        """See the base class."""
        return "action_add_details"

    async def act(self, turn: Turn) -> list[EventType]:
        """Nothing in the form, which takes additions itself."""
        return [] if turn.in_form else await super().act(turn)

    async def about(self, turn: Turn, case: CaseOut) -> list[EventType]:
        """Add what the message says; ask for it when it only says that there is more."""
        return await add(turn, case)


class Correct(AddDetails):
    """A correction after the receipt goes to the case as a remark: its history is never edited."""

    def name(self) -> str:
        """See the base class."""
        return "action_correct"


async def add(turn: Turn, case: CaseOut) -> list[EventType]:
    """Add the message to `case`."""
    if case.state in ENDED:
        state = turn.words.piece(f"utter_state_{case.state}")
        turn.respond("utter_case_ended", number=case.number, state=state)
        return [set_pending(None)]
    said = turn.message.said
    if not phrases.substance(said) or not has_letters(phrases.substance(said)):
        turn.respond("utter_add_what", number=case.number)
        return [SlotSet("last_case", case.number), set_pending({"act": ADD})]
    if len(said) > MAX_WORDS:
        turn.respond("utter_too_long")
        return []
    known = await book()
    details = late_details(turn.message, case.owed, known)
    files = turn.slots.get("photo")
    after = await services().client.add_remark(
        case.number,
        turn.conversation,
        said,
        details=details,
        attachments=files if isinstance(files, list) else [],
        idempotency_key=turn.key("remark"),
    )
    _tell_added(turn, after, details, known)
    return [SlotSet("last_case", case.number), SlotSet("photo", None), set_pending(None)]


def late_details(message: Message, owed: Sequence[str], known: Book) -> dict[str, str]:
    """Which of the owed details `message` gives: those of its shape, or the only one there is.

    Words without a shape are given to an owed detail only when it is called by name or is the only
    one, so that a remark does not end up as the name of a shop.
    """
    found: dict[str, str] = {}
    for key in owed:
        definition = known.definition(key)
        if definition is None:
            continue
        shape = "phone" if definition.type == "contact" else definition.type
        word = message.word(shape)
        if word is not None:
            found[key] = word[:LINE]
    if found:
        return found
    only = owed[0] if len(owed) == 1 and message.intent == "inform" else None
    named = known.mentioned(message.said, owed) or only
    definition = known.definition(named) if named else None
    if named is None or definition is None or definition.type in ("contact", "phone", "photo"):
        return {}
    value = read(definition, message)
    text = value.get("text") if isinstance(value, dict) else value
    return {named: text} if isinstance(text, str) and len(text) <= LINE else {}


def _tell_added(turn: Turn, case: CaseOut, details: dict[str, str], known: Book) -> None:
    if details:
        names = turn.words.listed(known.names(details, turn.language))
        turn.respond("utter_details_joined", number=case.number, names=names)
    else:
        turn.respond("utter_remark_joined", number=case.number)
    if case.owed:
        owed = turn.words.listed(known.names(case.owed, turn.language))
        turn.respond("utter_still_owed", owed=owed)


class Urge(AboutCase):
    """Asks that a case go faster."""

    def name(self) -> str:
        """See the base class."""
        return "action_urge"

    async def about(self, turn: Turn, case: CaseOut) -> list[EventType]:
        """Urge; the citizen's words go along."""
        reason = turn.message.said[:MAX_WORDS] or None
        try:
            after = await services().client.urge(
                case.number, turn.conversation, reason, idempotency_key=turn.key("urge")
            )
        except ApiProblem as error:
            turn.respond(
                "utter_urged_enough" if error.code == "urge_limit_reached" else "utter_not_urged",
                number=case.number,
                state=turn.words.piece(f"utter_state_{case.state}"),
            )
            return [SlotSet("last_case", case.number)]
        holder = after.unit.names.in_language(turn.language) if after.unit else None
        if holder:
            turn.respond("utter_urged_unit", number=after.number, unit=holder)
        else:
            turn.respond("utter_urged", number=after.number)
        return [SlotSet("last_case", after.number)]


class Rate(AboutCase):
    """Takes an opinion outside a survey to the case, where its handler reads it.

    Surveys ask after the reply; what is said before or beside them must reach somebody too.
    """

    def name(self) -> str:
        """See the base class."""
        return "action_rate"

    async def act(self, turn: Turn) -> list[EventType]:
        """Take a survey's answer; else wait for the end of the form, and for words."""
        if (events := await tapped(turn)) is not None:
            return events
        if turn.in_form or not turn.message.said:
            turn.respond("utter_rate_later" if turn.in_form else "utter_rate_what")
            return []
        return await super().act(turn)

    async def about(self, turn: Turn, case: CaseOut) -> list[EventType]:
        """Add the citizen's words to the case as a remark."""
        said = turn.message.said
        remark = turn.words.piece("utter_piece_rating", said=said[: MAX_WORDS - LINE])
        await services().client.add_remark(
            case.number, turn.conversation, remark, idempotency_key=turn.key("rate")
        )
        turn.respond("utter_rating_joined", number=case.number)
        return [SlotSet("last_case", case.number)]


class Withdraw(AboutCase):
    """Asks before a case is taken back."""

    def name(self) -> str:
        """See the base class."""
        return "action_withdraw"

    async def act(self, turn: Turn) -> list[EventType]:
        """Nothing in the form, which is dropped by its own question."""
        return [] if turn.in_form else await super().act(turn)

    async def about(self, turn: Turn, case: CaseOut) -> list[EventType]:
        """Ask; `action_affirm` takes it back."""
        known = await book()
        if case.state in ENDED:
            state = turn.words.piece(f"utter_state_{case.state}")
            turn.respond("utter_case_ended", number=case.number, state=state)
            return []
        turn.respond(
            "utter_withdraw",
            number=case.number,
            category=known.category_name(case.category.code, turn.language),
        )
        pending = {"act": WITHDRAW, "number": case.number}
        return [SlotSet("last_case", case.number), set_pending(pending)]


async def withdraw(turn: Turn, number: str) -> list[EventType]:
    """Take the case back, as confirmed."""
    try:
        await services().client.withdraw(
            number, turn.conversation, idempotency_key=turn.key("withdraw")
        )
    except ApiProblem:
        turn.respond("utter_not_withdrawn", number=number)
    else:
        turn.respond("utter_withdrawn", number=number)
    return [set_pending(None)]
