"""Write the messages about a live talk with the leader, in the conversation's language."""

from collections.abc import Callable
from datetime import datetime

from api.contract.live import TalkNews
from bot.message import Button, Reply
from bot.texts import CitizenTexts
from kernel import json

MARK = "live"
"""The `type` of a reply's `custom` that changes the mode; with `mode`, `talk` and `fence`."""

LEAVE = "/live_leave"
"""Payload that leaves the queue or the talk."""

ASK_AGAIN = "/talk_to_person"
FILE = '/choose_kind{"kind":"help"}'
"""Payloads of the offers when nobody answers: queue again, or file a case."""

_HANDED_BACK = {
    "silence": "push_live_ended_silence",
    "session": "push_live_ended_session",
    "closed": "push_live_ended_closed",
}
_UNMET = "push_live_ended_session_unmet"
_ANSWERS = {"yes": "live_button_solved_yes", "no": "live_button_solved_no"}

Moment = Callable[[datetime], str]
"""Formats a date and time of day in the language of the message."""


def tells(type_: str, news: TalkNews) -> bool:
    """Return whether an event has words: a leader's reopened page has none."""
    if type_ == "live.joined":
        return not news.again
    return type_ != "live.ended" or news.how in {"asked", *_HANDED_BACK}


def waiting(texts: CitizenTexts, place: int, language: str | None) -> Reply:
    """Write the citizen's place in the queue, with a button to leave it."""
    key = "live_place_next" if place == 1 else "live_place"
    return Reply(
        texts.words(key, language, place=place, ahead=place - 1),
        (Button(texts.words("live_button_leave", language), LEAVE),),
    )


def compose(
    type_: str, news: TalkNews, language: str | None, texts: CitizenTexts, moment: Moment
) -> Reply:
    """Write the message of an event for which `tells` is true."""

    def words(key: str, **parameters: object) -> str:
        return texts.words(key, language, **parameters)

    def button(key: str, payload: str) -> Button:
        return Button(words(key), payload)

    name = news.name or words("live_leader")
    match type_:
        case "live.waiting":
            return waiting(texts, news.place or 1, language)
        case "live.joined":
            title = news.title.in_language(language) if news.title is not None else ""
            who = words("live_titled", title=title, name=name) if title else name
            return _marked(Reply(words("push_live_joined", who=who)), "joined", name)
        case "live.said":
            said = words("push_live_said", name=name, text=news.text or "")
            return _marked(Reply(said), "said", name)
        case "live.case" if news.solved:
            return Reply(words("push_live_case_solved", number=news.number))
        case "live.case":
            unit = news.unit.names.in_language(language) if news.unit is not None else ""
            key = "push_live_case" if news.due_at is not None else "push_live_case_open"
            due = moment(news.due_at) if news.due_at is not None else ""
            lines = [words(key, number=news.number, unit=unit, due=due)]
            if news.access_code:
                lines.append(words("live_access_code", code=news.access_code))
            return Reply("\n".join(lines))
        case "live.ended" if news.how == "asked":
            yes, no = (
                button(key, f"/live_solved{json.dumps({'talk': news.talk, 'solved': answer})}")
                for answer, key in _ANSWERS.items()
            )
            return Reply(words("push_live_ended_asked", name=name), (yes, no))
        case _:
            over = news.how == "session"
            key = _HANDED_BACK.get(news.how or "", "push_live_ended_closed")
            again = () if over else (button("live_button_again", ASK_AGAIN),)
            return Reply(
                words(_UNMET if over and not news.met else key, name=name),
                (button("live_button_file", FILE), *again),
            )


def _marked(reply: Reply, what: str, name: str) -> Reply:
    # For channels that show the speaker; without `mode` it does not change the mode.
    return Reply(reply.text, reply.buttons, custom={"type": MARK, "event": what, "name": name})
