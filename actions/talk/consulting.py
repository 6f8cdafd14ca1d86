"""Answer a question from the catalogue, and offer an answer by staff too."""

from rasa_sdk.events import EventType

from actions.catalogue import DialogueCatalogue, dialogue_catalogue
from actions.form.beginning import OPENING
from actions.judgement import categories
from actions.message import UnderstoodMessage
from actions.turn import ActionTurn, DialogueMove, set_pending
from actions.words import DialogueTexts, payload
from api.contract import Category


class Consult(DialogueMove):
    """Answers a question with the catalogue's information about the category."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Answer; outside the form also offer to open a consult case."""
        known = await dialogue_catalogue()
        if turn.in_form:
            _answer_aside(turn, known)
            return []
        category = known.category(categories.guess(turn.message, known).code)
        if category is None:
            turn.respond("utter_consult_unknown", buttons=[_ask_a_person(turn)])
        else:
            buttons = [_ask_a_person(turn), _complain(turn)]
            _answer(turn, category, "utter_consult_answer", buttons=buttons)
        return [set_pending(_offer(turn.message))]


def _answer_aside(turn: ActionTurn, known: DialogueCatalogue) -> None:
    """Answer in the form: about the category in question, else about the draft's category."""
    code = categories.guess(turn.message, known).code or turn.draft.category
    category = known.category(code)
    if category is None:
        turn.respond("utter_consult_later")
    else:
        _answer(turn, category, "utter_consult_aside")


def _answer(
    turn: ActionTurn,
    category: Category,
    response: str,
    *,
    buttons: list[dict[str, str]] | None = None,
) -> None:
    turn.respond(
        response,
        buttons=buttons or (),
        category=category.names.in_language(turn.language),
        hint=category.hint.in_language(turn.language),
        limit=limit_of(category, turn.words),
    )


def limit_of(category: Category, words: DialogueTexts) -> str:
    """Return the time limit of a matter of `category`, in words."""
    return words.piece(f"utter_piece_{category.limit.unit}", count=category.limit.amount)


def _offer(message: UnderstoodMessage) -> dict[str, object]:
    return {"act": OPENING, "kind": "consult", "message": categories.remembered(message)}


def _ask_a_person(turn: ActionTurn) -> dict[str, str]:
    return turn.words.button("utter_piece_ask_a_person", payload("choose_kind", kind="consult"))


def _complain(turn: ActionTurn) -> dict[str, str]:
    return turn.words.button("utter_piece_file_it", payload("choose_kind", kind="complaint"))
