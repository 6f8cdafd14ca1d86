"""One message heard in the form: what it is taken for, what it changes, what is said to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from actions.book import CONTACT, DEMAND, HAPPENED, DialogueCatalogue
from actions.draft import Draft
from actions.judgement import contacts
from actions.judgement.answers import CERTAIN, LINE, PARTIES, holds, named, read
from actions.message import REQUESTS, UnderstoodMessage
from actions.phrases import has_letters, phrases
from api.contract import DetailDefinition
from api.contract.wire import MAX_WORDS

SHAPES = ("place", "time", "phone", "plate", "amount")
"""Types of details that the understanding finds in a sentence."""

MATTERS = REQUESTS | {"emergency", "add_details"}
"""Intents that tell of a matter: more of this one, or another."""

DIGRESSIONS = frozenset(
    {
        "check_progress",
        "urge",
        "rate",
        "talk_to_person",
        "live_solved",
        "live_leave",
        "greet",
        "thank",
        "goodbye",
        "how_to_use",
        "privacy",
        "out_of_scope",
        "consult",
    }
)
"""Intents that a rule answers in the middle of the form, when they are meant."""

_WORDY = frozenset({"text", "choice", "yes_no"})
"""Types whose answers may sound like anything: "never solved", "I was told to wait"."""

_TELLING = 0.6
_SENTENCE = 8
"""How sure and how long a message is that tells a story where a name was asked for."""

_MEANT = 0.45
"""How sure a digression must be to be one, and not an odd answer."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something to say before the next question: a response of the domain and its parameters.

    `key` names a detail and `value` is what it now holds; their words are made by the speaker, in
    the citizen's language.
    """

    response: str
    key: str | None = None
    value: Any = None


@dataclass(slots=True)
class DraftUpdate:
    """A message, the draft that it is taken into, and what comes of it.

    `told` is what to say, `later` other matters that were mentioned and are kept, `kept` words of
    the message that became details of their own.
    """

    message: UnderstoodMessage
    draft: Draft
    book: DialogueCatalogue
    told: list[Told] = field(default_factory=list)
    later: list[UnderstoodMessage] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        """The details that the matter takes."""
        return self.book.takes(self.draft.kind, self.draft.category)

    @property
    def last(self) -> str | None:
        """The detail that was answered last."""
        last = self.draft.thread.get("last")
        return last if isinstance(last, str) else None

    def tell(self, response: str, key: str | None = None, value: object = None) -> None:
        """Say something before the next question."""
        self.told.append(Told(response, key, value))

    def type_of(self, key: str) -> str:
        """The type of the detail `key`; free text when the catalogue does not define it."""
        definition = self.book.definition(key)
        return definition.type if definition else "text"

    # --- judging

    def digresses(self, kind: str) -> bool:
        """Whether the message asks for something else than to answer a question of type `kind`."""
        intent = self.message.intent
        if intent == "change_language":
            return True
        if intent not in DIGRESSIONS or self.message.confidence < _MEANT:
            return False
        return not (kind in _WORDY and intent in ("rate", "urge"))

    def tells_matter(self, kind: str) -> bool:
        """Whether the message is about the matter, and no answer of type `kind`."""
        return kind not in _WORDY and self.message.likely.name in MATTERS

    def narrates(self, key: str) -> bool:
        """Whether a name was asked for and a whole sentence about the matter came instead.

        Only once: asked again, whatever is said is the answer.
        """
        message = self.message
        return (
            self.type_of(key) == "text"
            and key not in (HAPPENED, DEMAND)
            and message.intent in MATTERS
            and message.confidence >= _TELLING
            and len(phrases.substance(message.said)) >= _SENTENCE
            and self.draft.times_asked(key) <= 1
        )

    def misses(self, key: str) -> bool:
        """Whether a sum or number was asked for and words without any came, for the first time."""
        return (
            self.type_of(key) in ("amount", "number")
            and not phrases.quantities(self.message.said)
            and self.draft.times_asked(key) <= 1
        )

    def shaped(self) -> bool:
        """Whether the message holds a detail that is found by its shape."""
        return any(self.message.word(shape) for shape in SHAPES)

    def says_something(self) -> bool:
        """Whether there are words that may be taken as they are."""
        return has_letters(self.message.said) and self.message.intent != "out_of_scope"

    def short_enough(self, text: str) -> bool:
        """Whether a case can hold `text`; says so when it cannot."""
        if len(text) <= MAX_WORDS:
            return True
        self.tell("utter_too_long")
        return False

    # --- details that come along

    def gather(self, asked: str | None = None) -> bool:
        """Keep what else the message tells of the matter.

        True when it told something that is found by its shape. Who is named and what is demanded
        is kept, too, but the words around it may say more.
        """
        found = self.gather_shaped(asked)
        self.gather_named(asked)
        return found

    def gather_shaped(self, asked: str | None = None) -> bool:
        """Keep what is found by its shape; true when there was something."""
        found = False
        for key in self._open_keys():
            definition = self.book.definition(key)
            if definition is None or key == asked or self._used(definition.type, asked):
                continue
            if self._tells(definition):
                value = read(definition, self.message)
                if self._kept(key, value):
                    self.kept += self.message.words_of(definition.type)
                    found = True
        if not self._used("phone", asked):
            found = contacts.keep_phone(self.message, self.draft) or found
        return found

    def _open_keys(self) -> list[str]:
        """The details that may come along: while the category is open, those of each it may be."""
        draft = self.draft
        offered = draft.thread.get("candidates", []) if draft.category is None else []
        codes = [draft.category, *offered]
        return list(dict.fromkeys(k for code in codes for k in self.book.takes(draft.kind, code)))

    def gather_named(self, asked: str | None = None) -> None:
        """Keep what `named` finds: who it is about, what is demanded, how many "we" are."""
        for key in self._open_keys():
            told = None if self._names_answer(key, asked) else named(key, self.message)
            if told is not None and self._kept(key, str(told.value)) and key == DEMAND:
                self.kept.append(told.words)

    def _names_answer(self, key: str, asked: str | None) -> bool:
        """Whether what would tell `key` is the answer itself: who or where was asked for."""
        if asked is None or key not in PARTIES:
            return key == asked
        return asked in PARTIES or self.type_of(asked) == "place"

    def _tells(self, definition: DetailDefinition) -> bool:
        """Whether the message holds this detail beyond doubt; a bare number only in an answer."""
        if definition.type == "number":
            alone = len(self.message.values("number")) == 1
            return alone and self.message.intent == "inform"
        if definition.type not in SHAPES or not holds(definition, self.message):
            return False
        # A doubtful name is worth a prefilled answer, not a line that nobody asked for.
        wanted = definition.key in self.book.wanted(self.draft.kind, self.draft.category)
        return wanted or self.message.certain.get(definition.type, 1.0) >= CERTAIN

    def _kept(self, key: str, value: Any) -> bool:  # noqa: ANN401 - by its type
        """Keep a detail that came along; a time told twice is told more closely the second time."""
        old = self.draft.value(key)
        if old is not None:
            if key != "time" or str(value["text"]) in str(old["text"]):
                return False
            known = {part: told for part, told in value.items() if told is not None}
            value = {**old, **known, "text": f"{old['text']} {value['text']}"}
        if too_long(value):
            return False
        last = self.last
        self.draft.put(key, value)
        self.draft.thread["last"] = last or key
        return True

    def _used(self, shape: str, asked: str | None) -> bool:
        """Whether the message's entity of `shape` was the answer itself."""
        if asked is None:
            return False
        if shape == "number" and self.type_of(asked) == "amount":
            return all(one.role is None for one in self.message.entities if one.name == shape)
        return self.type_of(asked) == shape or (shape == "phone" and asked == CONTACT)


def too_long(value: Any) -> bool:  # noqa: ANN401 - by the detail's type
    """Whether `value` is more than a detail can hold."""
    text = value.get("text", "") if isinstance(value, Mapping) else value
    return isinstance(text, str) and len(text) > LINE
