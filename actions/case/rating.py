"""Run the callback survey in the conversation: answers by buttons, and the same answers in words.

A push asks the first question. Each answer goes to the case service, which returns the next
question. During the case form only buttons are accepted, and the form then goes on. Outside the
form words count too: a reason in any words, or an opinion right after the push. Answers after the
end of the survey are stored on the case, and the citizen is told so.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import yaml
from rasa_sdk.events import EventType, SlotSet

from actions.context import services
from actions.message import UnderstoodMessage
from actions.turn import ActionTurn, answering, set_pending
from actions.words import payload
from api.client import ApiProblem, ApiUnavailable
from api.contract.surveys import SurveyAnswer, SurveyOut
from api.contract.wire import MAX_WORDS

SURVEY = "survey"
"""Value of `pending` after a survey question: `number`, `round`, `question`, time (`at`)."""

REASON, OTHER = "reason", "other"
_ASKED_IN = ("callback", "replied")
_LOOKED_AT = 5
_MORE_THAN_A_VERDICT = 8
"""Characters besides a verdict that count as a reason."""

_MINDED = timedelta(hours=2)
"""How long words count as an answer to a question; later words may concern something new."""

_ELSEWHERE = frozenset(
    {
        "check_progress",
        "talk_to_person",
        "live_solved",
        "live_leave",
        "change_language",
        "privacy",
        "how_to_use",
        "withdraw",
        "emergency",
    }
)
"""Intents that are not a reason, even when a reason was asked for."""

_YES_NO = {"affirm": "yes", "deny": "no"}
_BY_YES_OR_NO = frozenset({"contacted", "solved", "treated", "may_contact", "rehandle"})
"""Questions with the answers "yes" and "no"."""
_LOST = ("case_not_found", "survey_not_found", "not_found", "invalid_request")


@dataclass(frozen=True, slots=True)
class Sayings:
    """Phrases of answers, each with its question and answer, longest first."""

    patterns: tuple[tuple[str, str, str], ...]

    @classmethod
    def load(cls) -> Self:
        """Read `ratings.yml`."""
        file = Path(__file__).with_name("ratings.yml")
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        found = [
            (words.lower(), question, answer)
            for question, answers in raw.items()
            for answer, sayings in answers.items()
            for words in sayings
        ]
        return cls(tuple(sorted(found, key=lambda entry: len(entry[0]), reverse=True)))

    def read(self, text: str) -> tuple[dict[str, str], str]:
        """Return the answers in `text` by question, and the rest of its words."""
        rest = re.sub(r"\s+", " ", text.lower())
        answers: dict[str, str] = {}
        for words, question, answer in self.patterns:
            if words in rest:
                answers.setdefault(question, answer)
                rest = rest.replace(words, " ")
        return answers, re.sub(r"[\W_]+", "", rest)


sayings = Sayings.load()


async def tapped(turn: ActionTurn) -> list[EventType] | None:
    """Handle a survey's button; None when the message is not one."""
    message = turn.message
    number, question, answer = (
        message.word(name) for name in ("case_number", "question", "answer")
    )
    if message.said or not (number and question and answer):
        return None
    round_ = message.word("round")
    try:
        given = SurveyAnswer.model_validate(
            {question: answer, "round": int(round_) if round_ else None}
        )
    except ValueError:  # an invalid payload
        turn.respond("utter_button_expired")
        return []
    return await _answer(turn, number, given)


async def said(turn: ActionTurn) -> list[EventType] | None:
    """Handle words that answer a survey; None when they are about something else."""
    message = turn.message
    if turn.in_form or not message.said or message.metadata.get("emergency"):
        return None
    pending = turn.pending if _fresh(turn.pending) else {}
    if pending.get("heard") == message.id:  # the previous action has handled it
        return None
    answers = _told(message, str(pending.get("question", "")))
    if answers is None:
        return None
    if pending:
        given = {**answers, "round": pending.get("round")}
        return await _answer(turn, str(pending.get("number")), SurveyAnswer.model_validate(given))
    found = await _asked(turn)
    if found is None:
        return None
    return await _answer(
        turn, found.number, SurveyAnswer.model_validate({**answers, "round": found.round})
    )


answering.append(said)


def _fresh(pending: Mapping[str, Any]) -> bool:
    """Return whether a survey asked recently; later words are about other things."""
    if pending.get("act") != SURVEY:
        return False
    asked = datetime.fromisoformat(str(pending.get("at")))
    return services().clock.now() - asked <= _MINDED


def _told(message: UnderstoodMessage, question: str) -> dict[str, Any] | None:
    """Return the answers in a message; `question` is the open question."""
    answers, rest = sayings.read(message.said)
    words = message.said[:MAX_WORDS]
    if question == REASON:
        if message.intent in _ELSEWHERE:
            return None
        return {"words": words}
    if answers:
        complains = answers.get("solved") == "no" or answers.get("satisfaction") in (
            "dissatisfied",
            "very_dissatisfied",
        )
        whole = message.intent == "rate" or len(rest) < _MORE_THAN_A_VERDICT
        if not whole:  # a longer text that only contains such a word
            return None
        reason = complains and len(rest) >= _MORE_THAN_A_VERDICT
        return {**answers, "words": words} if reason else dict(answers)
    if question in _BY_YES_OR_NO and message.intent in _YES_NO:
        return {question: _YES_NO[message.intent]}
    return None


async def _asked(turn: ActionTurn) -> SurveyOut | None:
    """Return the citizen's latest unfinished survey."""
    client, citizen = services().client, turn.conversation
    try:
        page = await client.cases(contact_point=citizen, limit=_LOOKED_AT)
        for case in page.items:
            if case.state in _ASKED_IN:
                survey = await client.survey(case.number, contact_point=citizen)
                if survey.state == "asked":
                    return survey
    except (ApiProblem, ApiUnavailable):
        return None
    return None


async def _answer(turn: ActionTurn, number: str, given: SurveyAnswer) -> list[EventType]:
    """Send an answer to the case service and handle the result."""
    try:
        survey = await services().client.answer_survey(
            number, turn.conversation, given, idempotency_key=turn.key("survey")
        )
    except ApiProblem as error:
        if error.code not in _LOST:
            raise
        turn.respond("utter_survey_unknown", number=number)
        return [set_pending(None)]
    events: list[EventType] = [SlotSet("last_case", survey.number)]
    if survey.taken == "late":
        turn.respond("utter_survey_late", number=survey.number)
        return events if turn.in_form else [*events, set_pending(None)]
    if survey.question is not None:
        _ask(turn, survey, given)
        pending = {
            "act": SURVEY,
            "number": survey.number,
            "round": survey.round,
            "question": survey.question,
            "heard": turn.message.id,
            "at": services().clock.now().isoformat(),
        }
        return [*events, set_pending(pending)]
    await _tell_end(turn, survey)
    return events if turn.in_form else [*events, set_pending(None)]


def _ask(turn: ActionTurn, survey: SurveyOut, given: SurveyAnswer) -> None:
    """Ask the next question, after confirming the previous answer."""
    question = str(survey.question)
    words = turn.words
    buttons = [
        words.button(
            f"utter_piece_survey_{question}_{choice}",
            payload(
                "rate",
                case_number=survey.number,
                round=str(survey.round),
                question=question,
                answer=choice,
            ),
        )
        for choice in survey.choices
        if choice != OTHER
    ]
    thanks = "utter_piece_survey_words" if given.words else "utter_piece_survey_noted"
    key = f"utter_survey_{question}"
    if question == REASON and turn.in_form:
        key = "utter_survey_reason_tap"
    turn.respond(key, buttons=buttons, noted=words.piece(thanks))


async def _tell_end(turn: ActionTurn, survey: SurveyOut) -> None:
    if survey.outcome == "assessment":
        turn.respond("utter_survey_assessment", number=survey.number)
        return
    if survey.outcome != "rehandling":
        final = survey.final
        kind = "closed" if final is not None and final.solved == "yes" else "closed_open"
        turn.respond(f"utter_survey_{kind}", number=survey.number)
        return
    unit = survey.unit.names.in_language(turn.language) if survey.unit is not None else None
    due = await _due(turn, survey.number)
    lines = [turn.words.piece("utter_survey_rehandling", number=survey.number)]
    if unit is not None:
        lines.append(turn.words.piece("utter_piece_survey_unit", unit=unit))
    else:
        lines.append(turn.words.piece("utter_piece_survey_no_unit"))
    if due is not None:
        lines.append(turn.words.piece("utter_piece_survey_due", due=due))
    lines.append(turn.words.piece("utter_piece_survey_again"))
    turn.say("".join(lines))


async def _due(turn: ActionTurn, number: str) -> str | None:
    try:
        case = await services().client.case(number, contact_point=turn.conversation)
    except (ApiProblem, ApiUnavailable):  # the answer was accepted anyway
        return None
    return turn.words.moment(case.due_at) if case.due_at is not None else None
