"""Connect the citizen to a person: the leader on duty if there is one, else the telephone."""

from rasa_sdk.events import EventType

from actions.case.lookup import ENDED
from actions.catalogue import dialogue_catalogue
from actions.context import services
from actions.turn import ActionTurn, DialogueMove
from actions.words import payload
from api.client import ApiProblem, ApiUnavailable
from api.contract.live import LeaderOut, SessionOut, TalkOut

LEAVE = "live_leave"
_WAITING = "waiting"


class TalkToPerson(DialogueMove):
    """Queues for the leader on duty, or tells the next duty time and the telephone number."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Queue for the leader; during the form finish the matter first."""
        opened, coming = await _sessions()
        if opened is not None and turn.in_form:
            turn.respond("utter_live_after_form", who=_who(opened.leader, turn.language))
            return []
        if opened is not None and await _queue(turn):
            return []
        if coming is not None and not turn.in_form:
            _announce(turn, coming)
        await _telephone(turn)
        return []


class ConfirmLive(DialogueMove):
    """Handles the citizen's answer whether the matter is solved, as the leader said."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Thank, queue again, or offer a case; an outdated button gets a friendly answer."""
        talk, answer = turn.message.word("talk"), turn.message.word("solved")
        if not talk or answer not in ("yes", "no"):
            turn.respond("utter_button_expired")
            return []
        try:
            answered = await services().client.confirm_live(
                talk, turn.conversation, solved=answer == "yes"
            )
        except ApiProblem:
            turn.respond("utter_button_expired")
            return []
        if answer == "yes":
            turn.respond("utter_live_solved")
        elif answered.state == _WAITING:
            _say_place(turn, answered, "utter_live_again")
        else:
            file = turn.words.button("utter_piece_file", payload("choose_kind", kind="help"))
            turn.respond("utter_live_unsolved", buttons=[file])
        return []


class LeaveLive(DialogueMove):
    """Leaves the queue or the talk."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Leave, and continue with the bot."""
        try:
            talk = await services().client.leave_live(turn.conversation)
        except ApiProblem:
            turn.respond("utter_fine")
            return []
        turn.say(turn.words.piece("utter_live_left"), custom=_mark(talk))
        return []


async def _sessions() -> tuple[SessionOut | None, SessionOut | None]:
    try:
        announced = await services().client.live_session()
    except (ApiProblem, ApiUnavailable):  # the telephone is still available
        return None, None
    return announced.open, announced.next


async def _queue(turn: ActionTurn) -> bool:
    try:
        talk = await services().client.ask_live(turn.conversation, turn.channel, turn.language)
    except (ApiProblem, ApiUnavailable):
        return False
    _say_place(turn, talk, "utter_live_queued")
    return True


def _say_place(turn: ActionTurn, talk: TalkOut, response: str) -> None:
    place = talk.place or 1
    words = turn.words.piece(
        response, who=_who(talk.leader, turn.language), place=place, ahead=place - 1
    )
    leave = turn.words.button("utter_piece_stop_waiting", payload(LEAVE))
    turn.say(words, buttons=[leave], custom=_mark(talk))


def _announce(turn: ActionTurn, session: SessionOut) -> None:
    turn.respond(
        "utter_live_next",
        who=_who(session.leader, turn.language),
        scope=session.scope.in_language(turn.language),
        opens=turn.words.moment(session.opens_at),
        closes=turn.words.moment(session.closes_at),
    )


def _mark(talk: TalkOut) -> dict[str, object]:
    """Return the mark by which the citizen's side changes the mode (`bot.live.desk`)."""
    mark = {"type": "live", "mode": talk.state, "talk": talk.id, "fence": talk.fence}
    return mark | ({"place": talk.place} if talk.place else {})


def _who(leader: LeaderOut, language: str) -> str:
    title = leader.title.in_language(language)
    return f"{title}{leader.name}" if language == "zh" else f"{title} {leader.name}"


async def _telephone(turn: ActionTurn) -> None:
    """Send the telephone number; with an open case also ask its handler to call."""
    phone = (await dialogue_catalogue()).hotline
    number = turn.slots.get("last_case")
    if not turn.in_form and number and await _asked(turn, str(number)):
        turn.respond("utter_person_will_call", phone=phone, number=number)
    else:
        turn.respond("utter_talk_to_person", phone=phone)


async def _asked(turn: ActionTurn, number: str) -> bool:
    client, wish = services().client, turn.words.piece("utter_piece_wants_a_call")
    try:
        case = await client.case(number, contact_point=turn.conversation)
        if case.state in ENDED:
            return False
        await client.add_remark(number, turn.conversation, wish, idempotency_key=turn.key("person"))
    except (ApiProblem, ApiUnavailable):
        return False
    return True
