"""Compose pushes: a case event becomes a message, whose words are made when it is read.

An outbox row of a push stores the event's type and data. The words come from `bot/texts`, keys
`push_<type>`, in the conversation's language at that time.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from api.contract.cases.case import UnitOut
from api.contract.events import (
    LIVE_TYPES,
    OWN_TYPES,
    SURVEY_TYPES,
    CaseNews,
    Event,
    SurveyNews,
)
from api.contract.live import TalkNews
from bot.message import Button, Reply
from bot.outbound import live_words
from bot.push import TOLD, Push
from bot.texts import CitizenTexts
from kernel import json
from kernel.clock import SHANGHAI

QUOTED = 160
"""Most characters of the unit's answer that a survey quotes."""

_SILENT_ENDS = ("answered", "dropped")
"""Ends of a survey without a message: the last answer got its thanks, or the case went on."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "contacted": ("yes", "no"),
    "solved": ("yes", "partly", "no"),
    "satisfaction": (
        "very_satisfied",
        "satisfied",
        "fairly_satisfied",
        "dissatisfied",
        "very_dissatisfied",
    ),
    "treated": ("yes", "partly", "no"),
    "may_contact": ("yes", "no"),
    "rehandle": ("yes", "no"),
}
"""The buttons under each question of the survey; a reason is answered in words."""


def push_of(event: Event) -> Push | None:
    """Return the push of an event; `None` when the citizen knows it or need not know it.

    Raises:
        pydantic.ValidationError: its data does not match its type.
    """
    if event.type not in TOLD:
        return None
    push = Push(event.type, event.data)
    news = _news(push)
    if isinstance(news, CaseNews):
        own = event.type in OWN_TYPES and news.by in (None, "citizen")
        return None if own or news.in_receipt else push
    return None if event.type == "survey.ended" and news.end in _SILENT_ENDS else push


def compose(push: Push, language: str | None, texts: CitizenTexts) -> Reply:
    """Write the message of a push as plain text; words of others are quoted unchanged."""
    writer = _Writer(texts, language)
    try:
        if push.type in LIVE_TYPES:
            talk = TalkNews.model_validate_json(json.dumps(dict(push.data)))
            return live_words.compose(push.type, talk, language, texts, writer.moment)
        news = _news(push)
    except ValidationError:  # stored by an older version
        return Reply(texts.words("push_unreadable", language))
    if isinstance(news, SurveyNews):
        return writer.survey(push.type, news)
    return Reply("\n".join(writer.case(push.type, news)), writer.answers(push.type, news))


def _news(push: Push) -> CaseNews | SurveyNews:
    model = SurveyNews if push.type in SURVEY_TYPES else CaseNews
    return model.model_validate_json(json.dumps(dict(push.data)))


class _Writer:
    """Builds a message from lines in one language."""

    def __init__(self, texts: CitizenTexts, language: str | None) -> None:
        self._texts = texts
        self._language = language

    def case(self, type_: str, news: CaseNews) -> Iterator[str]:
        """Write what happened, what the unit said, the next step and its due time."""
        if news.followed_as is not None:
            yield self._words("push_followed", own=news.followed_as, number=news.number)
        key = self._key(type_, news)
        more = {"other": news.other or "", "helper": self._helper(news), "owed": self._owed(news)}
        yield self._words(key, **self._about(news), **more)
        if news.note:
            said = f"push_note_{type_.rpartition('.')[2]}"
            yield self._words(said if self._texts.has(said) else "push_note", note=news.note)
        if type_ == "case.replied" and news.solved in ("partly", "no"):
            yield self._words(f"push_solved_{news.solved}")
        if type_ == "case.rejected":
            if news.reason is not None:
                yield self._words("push_reason", reason=self._name(news.reason))
            if news.door is not None:
                yield self._words("push_door", door=self._name(news.door))
        if type_ not in _LAST_WORDS:
            yield from self._next(news)
        if news.unit is not None and news.unit.phone and type_ in _WITH_PHONE:
            yield self._words(
                "push_phone", unit=self._unit(news.unit), phone=self._phone(news.unit)
            )

    def _key(self, type_: str, news: CaseNews) -> str:
        key = f"push_{type_.replace('.', '_')}"
        if news.unit is None and self._texts.has(f"{key}_open"):
            key = f"{key}_open"
        if type_ == "case.closed":
            key = f"{key}_{news.end if news.end in ('answered', 'unreached') else 'quietly'}"
        # A newer case service may send a type that has no words here.
        return key if self._texts.has(key) else "push_unreadable"

    def answers(self, type_: str, news: CaseNews) -> tuple[Button, ...]:
        """Offer a button to answer a request: the citizen's next words are added to the case."""
        if type_ not in _ASKS:
            return ()
        payload = f"/add_details{json.dumps({'case_number': news.number})}"
        return (Button(self._words("push_button_add_details"), payload),)

    def survey(self, type_: str, news: SurveyNews) -> Reply:
        """Quote the case and ask the question, or say that the survey has ended."""
        lines = []
        key = f"push_{type_.replace('.', '_')}"
        if type_ == "survey.ended":
            return Reply(self._words(f"{key}_unreached", **self._about(news)))
        lines.append(self._words(key, **self._about(news)))
        if news.answer:
            quote = news.answer if len(news.answer) <= QUOTED else f"{news.answer[:QUOTED]}…"
            name = self._unit(news.unit) if news.unit is not None else None
            if name is None:
                lines.append(self._words("push_survey_quote_open", answer=quote))
            else:
                lines.append(self._words("push_survey_quote", unit=name, answer=quote))
        question = news.question or "contacted"
        lines.append(self._words(f"push_ask_{question}"))
        if news.valid_until is not None:
            lines.append(self._words("push_survey_until", until=self.moment(news.valid_until)))
        return Reply("\n".join(lines), self._buttons(news, question))

    def _buttons(self, news: SurveyNews, question: str) -> tuple[Button, ...]:
        return tuple(
            Button(
                self._words(f"push_button_{question}_{answer}"),
                rating(news.number, news.round, question, answer),
            )
            for answer in CHOICES.get(question, ())
        )

    def _next(self, news: CaseNews) -> Iterator[str]:
        if news.next is None:
            return
        by = news.next_by or (news.due_at if news.next == "reply" else None)
        unit = self._unit(news.unit) if news.unit is not None else self._words("push_a_unit")
        if by is None:
            yield self._words(f"push_next_{news.next}", unit=unit)
        else:
            yield self._words(f"push_next_{news.next}_by", unit=unit, by=self.moment(by))
        if news.next in _PROMISED and news.due_at is not None:
            yield self._words("push_due", due=self.moment(news.due_at))

    def _about(self, news: CaseNews | SurveyNews) -> dict[str, str]:
        unit = self._unit(news.unit) if news.unit is not None else self._words("push_a_unit")
        opened = news.opened_at.astimezone(SHANGHAI)
        return {
            "number": news.number,
            "category": self._name(news.category.names),
            "unit": unit,
            "opened": self._words("push_day", month=self._month(opened), day=opened.day),
        }

    def _helper(self, news: CaseNews) -> str:
        return self._unit(news.helper) if news.helper is not None else self._words("push_a_unit")

    def _owed(self, news: CaseNews) -> str:
        names = [self._name(name) for name in news.owed_names]
        return self._words("push_list").join(names) or self._words("push_owed_as_asked")

    def _unit(self, unit: UnitOut) -> str:
        return self._name(unit.names)

    def _phone(self, unit: UnitOut) -> str:
        example = self._words("push_example") if unit.example_phone else ""
        return f"{unit.phone}{example}"

    def _name(self, names: Any) -> str:  # noqa: ANN401 - any model with both languages
        text: str = names.in_language(self._language)
        return text

    def moment(self, moment: datetime) -> str:
        local = moment.astimezone(SHANGHAI)
        return self._words(
            "push_moment",
            month=self._month(local),
            day=local.day,
            clock=f"{local:%H:%M}",
        )

    def _month(self, day: datetime) -> str:
        return self._words(f"push_month_{day.month}")

    def _words(self, key: str, **parameters: object) -> str:
        return self._texts.words(key, self._language, **parameters)


_WITH_PHONE = frozenset(
    {
        "case.dispatched",
        "case.progress",
        "case.replied",
        "case.rehandling",
        "case.ruled",
        "case.tier_raised",
        "case.tier_lowered",
    }
)
_ASKS = frozenset({"case.supplement_asked", "case.reminded"})
"""Types that request something from the citizen."""
_LAST_WORDS = frozenset({"case.merged", "case.shelved", "case.taken_over"})
"""Types whose own words say the next step."""
_PROMISED = frozenset({"sign_in", "dispatch", "decide_return", "decide_extension"})
"""Steps before an answer whose due time was promised already."""


def rating(number: str, round_: int, question: str, answer: str) -> str:
    """Return the payload of a survey's button; the dialogue reads it (`actions/case/rating.py`)."""
    values = {
        "case_number": number,
        "round": str(round_),
        "question": question,
        "answer": answer,
    }
    return f"/rate{json.dumps(values)}"
