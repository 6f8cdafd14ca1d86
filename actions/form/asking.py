"""Ask the questions of the case form in the catalogue's words; rephrase them when asked again.

`actions.judgement.listening` decides how often a question is asked before its detail is owed.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from rasa_sdk.events import EventType, SlotSet

from actions.catalogue import CONTACT, HAPPENED, DialogueCatalogue, dialogue_catalogue
from actions.course import CATEGORY, FormQuestion, open_question
from actions.judgement import categories, contacts
from actions.turn import ActionTurn, Button, CitizenAction
from actions.words import payload


class AskQuestion(CitizenAction, ABC):
    """Asks the draft's open question and counts it."""

    @property
    @abstractmethod
    def slot(self) -> str:
        """The slot that the form requests for this question."""

    def name(self) -> str:
        """See the base class: Rasa finds the action by the requested slot."""
        return f"action_ask_{self.slot}"

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Ask the question."""
        known = await dialogue_catalogue()
        question = open_question(turn.draft, known) or FormQuestion(self.slot, self.slot)
        self.put(turn, question, known)
        turn.draft.count_ask(question.key)
        return [SlotSet("thread", turn.draft.thread)]

    def failed(self, turn: ActionTurn) -> list[EventType]:
        """Send nothing: `validate_case_form` has just reported that the service does not answer."""
        del turn
        return []

    def put(self, turn: ActionTurn, question: FormQuestion, known: DialogueCatalogue) -> None:
        """Ask for a detail in the catalogue's words."""
        definition = known.definition(question.key)
        if definition is None:
            return
        prompts = definition.prompts.in_language(turn.language)
        asked = turn.draft.times_asked(question.key)
        turn.say(prompts[asked % len(prompts)], buttons=_buttons(turn, question, known))


class AskHappened(AskQuestion):
    """Asks what happened."""

    slot = "happened"


class AskPlace(AskQuestion):
    """Asks where."""

    slot = "place"


class AskTime(AskQuestion):
    """Asks when."""

    slot = "time"


class AskDemand(AskQuestion):
    """Asks for the demand."""

    slot = "demand"


class AskDetail(AskQuestion):
    """Asks for any other detail of the category."""

    slot = "detail"


class AskContact(AskQuestion):
    """Asks for the contact; the author of a report first reads what each option means."""

    slot = "contact"

    def put(self, turn: ActionTurn, question: FormQuestion, known: DialogueCatalogue) -> None:
        """Ask how the author wants to be known, or for the number."""
        if turn.draft.kind != "report" or turn.draft.thread.get("mode"):
            super().put(turn, question, known)
            return
        ways = (contacts.NAMED, contacts.CONFIDENTIAL, contacts.ANONYMOUS)
        again = turn.draft.times_asked(CONTACT) > 0
        turn.respond(
            "utter_contact_report_again" if again else "utter_contact_report",
            buttons=[
                turn.words.button(f"utter_mode_{way}", payload("inform", mode=way)) for way in ways
            ],
        )


class AskCategory(AskQuestion):
    """Asks for the category among the best guesses."""

    slot = "category"

    def put(self, turn: ActionTurn, question: FormQuestion, known: DialogueCatalogue) -> None:
        """Offer the guesses, or ask for other words if there are none."""
        offered = list(turn.draft.thread.get("candidates", []))[: categories.OFFERED]
        buttons: list[Button] = [
            {
                "title": known.category_name(code, turn.language),
                "payload": payload("choose_category", code=code),
            }
            for code in offered
            if known.category(code)
        ]
        none = payload("choose_category", code=categories.NONE_FITS)
        buttons.append(turn.words.button("utter_piece_none_fits", none))
        again = turn.draft.times_asked(question.key) > 0
        turn.respond(
            "utter_which_category_again" if again else "utter_which_category", buttons=buttons
        )


class AskConfirm(AskQuestion):
    """Asks for confirmation of the summary."""

    slot = "confirm"

    def put(self, turn: ActionTurn, question: FormQuestion, known: DialogueCatalogue) -> None:
        """Show everything and ask to confirm."""
        again = turn.draft.times_asked(question.key) > 0
        turn.respond(
            "utter_summary_again" if again else "utter_summary",
            lines=turn.words.summary(turn.draft, known),
        )


class AskChange(AskQuestion):
    """Asks what to change."""

    slot = "change"

    def put(self, turn: ActionTurn, question: FormQuestion, known: DialogueCatalogue) -> None:
        """Offer all details that have a value."""
        del question
        draft = turn.draft
        keys = [HAPPENED, *known.takes(draft.kind, draft.category)]
        filled = [CATEGORY, *dict.fromkeys(key for key in keys if draft.value(key) is not None)]
        buttons: list[Button] = [
            {
                "title": turn.words.called(key, known),
                "payload": payload("correct", detail=key),
            }
            for key in filled
        ]
        buttons.append(turn.words.button("utter_piece_nothing_to_change", payload("deny")))
        turn.respond("utter_what_to_change", buttons=buttons)


class AskLeave(AskQuestion):
    """Asks whether to drop the matter."""

    slot = "leave"

    def put(self, turn: ActionTurn, question: FormQuestion, known: DialogueCatalogue) -> None:
        """Ask once before the draft is deleted."""
        del question, known
        turn.respond("utter_leave")


def _buttons(
    turn: ActionTurn, question: FormQuestion, known: DialogueCatalogue
) -> Sequence[Button]:
    definition = known.definition(question.key)
    if definition is None or question.key == HAPPENED:
        return ()
    if question.key == CONTACT:
        return (turn.words.button("utter_piece_no_phone", payload("refuse")),)
    buttons: list[Button] = []
    if definition.type == "yes_no":
        buttons.append(turn.words.button("utter_piece_yes", payload("affirm")))
        buttons.append(turn.words.button("utter_piece_no", payload("deny")))
    for choice in definition.choices:
        title = choice.names.in_language(turn.language)
        buttons.append({"title": title, "payload": payload("inform", choice=choice.value)})
    return (*buttons, turn.words.button("utter_piece_skip", payload("skip")))
