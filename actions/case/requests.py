"""Handle requests about a case: urge it or withdraw it."""

from rasa_sdk.events import EventType, SlotSet

from actions.case.lookup import ENDED, AboutCase
from actions.catalogue import dialogue_catalogue
from actions.context import services
from actions.turn import ActionTurn, set_pending
from api.client import ApiProblem
from api.contract import CaseOut
from api.contract.wire import MAX_WORDS

WITHDRAW = "withdraw"
"""Value of `pending` after "shall I take it back?"."""


class UrgeCase(AboutCase):
    """Urges a case."""

    async def about(self, turn: ActionTurn, case: CaseOut) -> list[EventType]:
        """Urge the case, with the citizen's words as the reason."""
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
    """Asks for confirmation before a case is withdrawn."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Do nothing in the form, which has its own question for leaving."""
        return [] if turn.in_form else await super().act(turn)

    async def about(self, turn: ActionTurn, case: CaseOut) -> list[EventType]:
        """Ask for confirmation; `action_affirm` then withdraws the case."""
        known = await dialogue_catalogue()
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
    """Withdraw the case after confirmation."""
    try:
        await services().client.withdraw(
            number, turn.conversation, idempotency_key=turn.key("withdraw")
        )
    except ApiProblem:
        turn.respond("utter_not_withdrawn", number=number)
    else:
        turn.respond("utter_withdrawn", number=number)
    return [set_pending(None)]
