"""Requests about a case: that it go faster, or that it be taken back."""

from rasa_sdk.events import EventType, SlotSet

from actions.book import book
from actions.case.lookup import ENDED, AboutCase
from actions.context import services
from actions.turn import ActionTurn, set_pending
from api.client import ApiProblem
from api.contract import CaseOut
from api.contract.wire import MAX_WORDS

WITHDRAW = "withdraw"
"""What is pending after "shall I take it back?"."""


class UrgeCase(AboutCase):
    """Asks that a case go faster."""

    async def about(self, turn: ActionTurn, case: CaseOut) -> list[EventType]:
        """Urge the case and pass the citizen's words on as the reason."""
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


class WithdrawCase(AboutCase):
    """Asks before a case is taken back."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Nothing in the form, which is dropped by its own question."""
        return [] if turn.in_form else await super().act(turn)

    async def about(self, turn: ActionTurn, case: CaseOut) -> list[EventType]:
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


async def withdraw(turn: ActionTurn, number: str) -> list[EventType]:
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
