"""Choose the meaning of a message from its intents and the state of the dialogue.

The understanding returns the probability of each intent by the words alone. Here the state is
added. Impossible meanings are excluded, the answer to the open question has priority, and a
clearly described matter overrides similar intents. A meaning that needs a case is chosen without
one only if the words mention a case; the citizen is then told that there is none.
"""

from dataclasses import dataclass, replace

from actions.catalogue import CONTACT, DialogueCatalogue, dialogue_catalogue
from actions.course import CONFIRM, LEAVE
from actions.judgement import categories
from actions.judgement.answers import fits
from actions.meaning.closing import closing
from actions.meaning.forms import has_form
from actions.meaning.meanings import KINDS, MATTER, NEEDS, YIELDING, Ground
from actions.meaning.state import DialogueState, state_of
from actions.message import FALLBACK, UnderstoodMessage
from actions.turn import ActionTurn
from api.client import ApiUnavailable

_SPOKEN = 0.5
"""Weight of a meaning that needs a case, if there is none and the words mention one."""

_ABOUT_A_CASE = 0.6
"""Weight at which a message is about the existing case rather than about a new matter."""

_FLOOR = 0.2
"""Below this weight no possible meaning has support; the most likely intent is used as it is."""

_SHAPED = frozenset({"place", "time", "phone", "plate", "amount", "number", "case_number"})

_COURTESY = frozenset({"greet", "thank", "goodbye"})
_BESIDE = frozenset({"how_to_use", "check_progress", "urge", "rate", "out_of_scope", "emergency"})
_MEANT = {"courtesy": 0.9, "beside": 0.75, "yes": 0.6}
"""Confidence from which words that do not answer the open question are not read as an answer."""

_OF_FORM = ("praise", "suggestion", "report")
"""Kinds of request that require certain words in the message."""


@dataclass(frozen=True, slots=True)
class WeighedMeaning:
    """One possible meaning of a message.

    `share` is its probability by the words alone, `weight` its value together with the state.
    """

    meaning: str
    share: float
    weight: float
    why: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The intent to follow, its confidence, and all weighed meanings, best first."""

    intent: str
    confidence: float
    weighed: tuple[WeighedMeaning, ...]


async def judged(turn: ActionTurn) -> UnderstoodMessage:
    """Return the message of `turn` with the intent that it has in this state."""
    message = turn.message
    if not message.said:
        return message  # a button means itself
    try:
        known = await dialogue_catalogue()
    except ApiUnavailable:
        return message  # without the catalogue a matter cannot be recognised
    state = await state_of(
        message, turn.slots, known, in_form=turn.in_form, citizen=turn.conversation
    )
    found = judge(message, state, known)
    if found.intent == message.intent:
        return message
    return message.meant(found.intent, found.confidence)


def judge(message: UnderstoodMessage, state: DialogueState, known: DialogueCatalogue) -> Judgement:
    """Choose the meaning of `message` in `state`."""
    if state.question is not None:
        return _answering(message, state, known)
    guess = categories.guess(message, known)
    has_matter = guess.code is not None and known.substantial(_bare(message), guess.code)
    grounds = state.grounds | ({Ground.STORY} if has_matter else {Ground.COURTESY})
    shares = {MATTER: 0.0, **_shares(message)}
    weighed = [
        _weighed(name, share, has_matter, message, grounds) for name, share in shares.items()
    ]
    if has_matter:
        weighed = _made_over(weighed)
    weighed.sort(key=lambda meaning: meaning.weight, reverse=True)
    best = weighed[0]
    if best.weight < _FLOOR:
        return Judgement(message.intent, message.confidence, tuple(weighed))
    if best.meaning == "consult" and has_matter and is_grievance(message.said):
        return Judgement(_kind(message), best.weight, tuple(weighed))
    if best.meaning == MATTER:
        asks = message.intent not in KINDS and is_question(message.said)
        return Judgement("consult" if asks else _kind(message), best.weight, tuple(weighed))
    return Judgement(best.meaning, best.share, tuple(weighed))


def _made_over(weighed: list[WeighedMeaning]) -> list[WeighedMeaning]:
    """Add the shares of all overridden meanings to the matter."""
    more = sum(meaning.share for meaning in weighed if not meaning.weight)
    return [
        replace(meaning, weight=meaning.weight + more, why="a matter with a sure category")
        if meaning.meaning == MATTER
        else meaning
        for meaning in weighed
    ]


def is_grievance(said: str) -> bool:
    """Return whether a question is in fact a grievance and does not ask for a procedure."""
    return has_form("grievance", said) and not has_form("procedure", said)


def is_question(said: str) -> bool:
    """Return whether the citizen asks how something is done."""
    return has_form("procedure", said) and not has_form("grievance", said)


def _bare(message: UnderstoodMessage) -> str:
    """Return the words without entities found by rules: a place alone describes no matter."""
    said = message.said
    for name, words in message.marked:
        if name in _SHAPED:
            said = said.replace(words, " ")
    return said


def _shares(message: UnderstoodMessage) -> dict[str, float]:
    shares: dict[str, float] = {}
    for intent in message.intents:
        name = MATTER if intent.name in KINDS else intent.name
        shares[name] = shares.get(name, 0.0) + intent.confidence
    name = MATTER if message.intent in KINDS else message.intent
    if name != FALLBACK:
        shares[name] = max(shares.get(name, 0.0), message.confidence)
    return shares


def _weighed(
    meaning: str,
    share: float,
    has_matter: bool,  # noqa: FBT001 - one of the facts
    message: UnderstoodMessage,
    grounds: frozenset[Ground],
) -> WeighedMeaning:
    if meaning == MATTER:
        return WeighedMeaning(meaning, share, share, "a request")
    needs = NEEDS.get(meaning, frozenset())
    about_case = Ground.CASE in needs
    if needs and not needs & grounds:
        form = "correction" if meaning == "correct" else "case"
        spoken = about_case and share >= _SPOKEN and has_form(form, message.said)
        if not spoken:
            return WeighedMeaning(meaning, share, 0.0, f"needs {_listed(needs)}")
        return WeighedMeaning(meaning, share, share, "speaks of a case that is not there")
    if has_matter and meaning in YIELDING:
        keeps = Ground.CASE in grounds and about_case
        if meaning == "inform" and Ground.DRAFT in grounds:
            return WeighedMeaning(meaning, share, share, "goes on with the draft")
        if not (keeps and (share >= _ABOUT_A_CASE or has_form("case", message.said))):
            return WeighedMeaning(meaning, share, 0.0, "gives way to a matter that is told")
    return WeighedMeaning(meaning, share, share, "possible")


def _listed(needs: frozenset[Ground]) -> str:
    return " or ".join(sorted(needs))


def _kind(message: UnderstoodMessage) -> str:
    """Return the most likely kind of request that has its words; else help or a complaint."""
    ranked = [intent.name for intent in message.intents if intent.name in KINDS]
    if message.intent in KINDS:
        ranked = [message.intent, *ranked]
    for kind in ranked:
        if kind not in _OF_FORM or has_form(kind, message.said):
            return kind
    return "complaint"


# --- while a question of the form is open


def _answering(
    message: UnderstoodMessage, state: DialogueState, known: DialogueCatalogue
) -> Judgement:
    """Read the message as an answer of the wanted type, unless it means something else."""
    intent, share = message.intent, message.confidence
    shares = _shares(message)
    listed = tuple(WeighedMeaning(name, each, each, "") for name, each in sorted(shares.items()))
    found, why = _taken_for(message, state, known)
    weight = WeighedMeaning(found, shares.get(found, 0.0), 1.0, why)
    return Judgement(found, share if found == intent else 1.0, (weight, *listed))


def _taken_for(
    message: UnderstoodMessage, state: DialogueState, known: DialogueCatalogue
) -> tuple[str, str]:
    intent = message.intent
    assert state.question is not None  # noqa: S101 - as `judge` asks
    if state.question.slot in (CONFIRM, LEAVE):
        return closing(message, state)
    definition = known.definition(state.question.key)
    without = message.word("phone") is None and has_form("no_contact", message.said)
    if state.question.key == CONTACT and without and intent not in _STAYS:
        return "refuse", "wants to leave no number"
    beside = _BESIDE | _COURTESY
    if definition is not None and intent in beside and fits(definition, message):
        return "inform", "has the type that was asked for"
    wanted = definition if state.kind not in ("text", "contact") else None
    unknown = intent not in _STAYS and has_form("unknown", message.said)
    if wanted is not None and unknown and not fits(wanted, message):
        return "skip", "does not know"
    if _beside_the_question(message, state):
        return intent, "meant beside the question"
    return "inform", "an answer in words of its own"


def _beside_the_question(message: UnderstoodMessage, state: DialogueState) -> bool:
    """Return whether the message means its intent rather than an answer of type `state.kind`."""
    intent, sure, said = message.intent, message.confidence, message.said
    if intent in _COURTESY:
        return sure >= _MEANT["courtesy"]
    if intent == "affirm":
        return state.kind == "yes_no" or sure >= _MEANT["yes"]
    if intent == "emergency":
        return Ground.ALARM in state.grounds
    if intent not in _BESIDE:
        return True
    if Ground.CASE in NEEDS.get(intent, ()) and Ground.CASE not in state.grounds:
        return has_form("case", said)
    meant = has_form("directed", said) or has_form("case", said)
    return meant and sure >= _MEANT["beside"]


_STAYS = frozenset({"correct", "withdraw", "change_language", "talk_to_person", "consult"})
"""Meanings that no form of an answer changes."""
