"""Report the progress of a case: which unit has it, since when and until when."""

from collections.abc import Sequence

from rasa_sdk.events import EventType, SlotSet

from actions.case.lookup import ENDED, AboutCase
from actions.catalogue import DialogueCatalogue, dialogue_catalogue
from actions.context import services
from actions.turn import ActionTurn
from actions.words import payload
from api.contract import CaseOut, CaseSummary

LISTED = 5
"""Most cases in the list when the citizen names none."""


class ShowProgress(AboutCase):
    """Tells which unit has a case, since when and until when."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Report on the named case; without a name, list the cases if there are several."""
        if not turn.message.word("case_number"):
            page = await services().client.cases(contact_point=turn.conversation, limit=LISTED)
            if len(page.items) > 1:
                self._list(turn, page.items)
                return []
            if page.items:
                return await self._told(turn, page.items[0])
        return await super().act(turn)

    async def about(self, turn: ActionTurn, case: CaseOut) -> list[EventType]:
        """Report on one case."""
        return await self._told(turn, case)

    async def _told(self, turn: ActionTurn, case: CaseSummary) -> list[EventType]:
        self._tell(turn, case, await dialogue_catalogue())
        return [SlotSet("last_case", case.number)]

    def _list(self, turn: ActionTurn, cases: Sequence[CaseSummary]) -> None:
        words = turn.words
        lines = [
            words.piece(
                "utter_piece_case",
                number=case.number,
                category=_called(case, turn.language),
                state=words.piece(f"utter_state_{case.state}"),
            )
            for case in cases
        ]
        buttons = [
            {"title": case.number, "payload": payload("check_progress", case_number=case.number)}
            for case in cases
        ]
        turn.respond("utter_which_case", buttons=buttons, lines="\n".join(lines))

    def _tell(self, turn: ActionTurn, case: CaseSummary, known: DialogueCatalogue) -> None:
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
        # A case that was late when details were requested is still late: its clock had run out.
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
    """Return a case's display name: its title, which differs within a category."""
    return case.title or case.category.names.in_language(language)


_LATE = ("utter_progress_late", "utter_progress_late_clerk")


def _pressed(case: CaseSummary) -> str:
    """Describe what was done about a late case: only the most serious measure."""
    if "reported" in case.flags:
        return "utter_progress_reported"
    if "supervised" in case.flags:
        return "utter_progress_supervised"
    return "utter_progress_pressed" if case.pressed else "utter_progress_press"
