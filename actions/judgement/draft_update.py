"""Update a draft by one message: classify it, store its details, collect the replies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from actions.catalogue import CONTACT, DEMAND, HAPPENED, DialogueCatalogue
from actions.draft import Draft
from actions.judgement import contacts
from actions.judgement.answers import CERTAIN, LINE, PARTIES, holds, named, read
from actions.message import REQUESTS, UnderstoodMessage
from actions.phrases import has_letters, phrases
from api.contract import DetailDefinition
from api.contract.wire import MAX_WORDS

SHAPES = ("place", "time", "phone", "plate", "amount")
"""Types of details for which the understanding has entities."""

MATTERS = REQUESTS | {"emergency", "add_details"}
"""Intents that describe a matter: this one or another."""

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
"""Intents that a rule answers in the middle of the form, if the confidence is high enough."""

_WORDY = frozenset({"text", "choice", "yes_no"})
"""Types whose answers may sound like other intents: "never solved", "I was told to wait"."""

_TELLING = 0.6
_SENTENCE = 8
"""Least confidence and length of a message that describes the matter instead of a name."""

_MEANT = 0.45
"""Least confidence of a digression; below it the message counts as an answer."""


@dataclass(frozen=True, slots=True)
class DraftResponse:
    """A reply before the next question: a response of the domain and its parameters.

    `key` names a detail and `value` is its new value; they are put into words when it is sent, in
    the citizen's language.
    """

    response: str
    key: str | None = None
    value: Any = None


@dataclass(slots=True)
class DraftUpdate:
    """A message, the draft that it updates, and the result.

    `responses` are the replies, `later` other matters that are stored for later, `kept` the
    words of the message that became their own details.
    """

    message: UnderstoodMessage
    draft: Draft
    catalogue: DialogueCatalogue
    responses: list[DraftResponse] = field(default_factory=list)
    later: list[UnderstoodMessage] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        """The details that the matter accepts."""
        return self.catalogue.takes(self.draft.kind, self.draft.category)

    @property
    def last(self) -> str | None:
        """The detail that was answered last."""
        last = self.draft.thread.get("last")
        return last if isinstance(last, str) else None

    def tell(self, response: str, key: str | None = None, value: object = None) -> None:
        """Add a reply before the next question."""
        self.responses.append(DraftResponse(response, key, value))

    def type_of(self, key: str) -> str:
        """Return the type of the detail `key`; free text when the catalogue does not define it."""
        definition = self.catalogue.definition(key)
        return definition.type if definition else "text"

    # --- judging

    def digresses(self, kind: str) -> bool:
        """Return whether the message is a request and not an answer of type `kind`."""
        intent = self.message.intent
        if intent == "change_language":
            return True
        if intent not in DIGRESSIONS or self.message.confidence < _MEANT:
            return False
        return not (kind in _WORDY and intent in ("rate", "urge"))

    def tells_matter(self, kind: str) -> bool:
        """Return whether the message describes the matter and is not an answer of type `kind`."""
        return kind not in _WORDY and self.message.likely.name in MATTERS

    def narrates(self, key: str) -> bool:
        """Return whether a sentence about the matter came instead of a requested name.

        Only once: when the question is repeated, any words are the answer.
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
        """Return whether the first answer to a question for a number has no digits."""
        return (
            self.type_of(key) in ("amount", "number")
            and not phrases.quantities(self.message.said)
            and self.draft.times_asked(key) <= 1
        )

    def shaped(self) -> bool:
        """Return whether the message has an entity of `SHAPES`."""
        return any(self.message.word(shape) for shape in SHAPES)

    def says_something(self) -> bool:
        """Return whether the message has words that can be stored unchanged."""
        return has_letters(self.message.said) and self.message.intent != "out_of_scope"

    def short_enough(self, text: str) -> bool:
        """Return whether `text` fits into a case; add a reply when it does not."""
        if len(text) <= MAX_WORDS:
            return True
        self.tell("utter_too_long")
        return False

    # --- details that come along

    def gather(self, asked: str | None = None) -> bool:
        """Store the other details in the message.

        Returns whether it had an entity of `SHAPES`. Named parties and demands are stored too, but
        do not count, because the words around them may say more.
        """
        found = self.gather_shaped(asked)
        self.gather_named(asked)
        return found

    def gather_shaped(self, asked: str | None = None) -> bool:
        """Store the entities of `SHAPES`; return whether there were any."""
        found = False
        for key in self._open_keys():
            definition = self.catalogue.definition(key)
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
        """Return the details to look for; while the category is open, those of all candidates."""
        draft = self.draft
        offered = draft.thread.get("candidates", []) if draft.category is None else []
        codes = [draft.category, *offered]
        return list(
            dict.fromkeys(k for code in codes for k in self.catalogue.takes(draft.kind, code))
        )

    def gather_named(self, asked: str | None = None) -> None:
        """Store what `named` finds: the party, the demand, the number of people in "we"."""
        for key in self._open_keys():
            entity = None if self._names_answer(key, asked) else named(key, self.message)
            if entity is not None and self._kept(key, str(entity.value)) and key == DEMAND:
                self.kept.append(entity.words)

    def _names_answer(self, key: str, asked: str | None) -> bool:
        """Return whether the entity for `key` is the answer itself: a party or place was asked."""
        if asked is None or key not in PARTIES:
            return key == asked
        return asked in PARTIES or self.type_of(asked) == "place"

    def _tells(self, definition: DetailDefinition) -> bool:
        """Return whether the message surely has this detail; a bare number only in an answer."""
        if definition.type == "number":
            alone = len(self.message.values("number")) == 1
            return alone and self.message.intent == "inform"
        if definition.type not in SHAPES or not holds(definition, self.message):
            return False
        # An uncertain name may prefill an answer, but not a detail that was not asked for.
        wanted = definition.key in self.catalogue.wanted(self.draft.kind, self.draft.category)
        return wanted or self.message.certain.get(definition.type, 1.0) >= CERTAIN

    def _kept(self, key: str, value: Any) -> bool:  # noqa: ANN401 - by its type
        """Store an additional detail; a second time is more exact and replaces the first."""
        old = self.draft.value(key)
        if old is not None:
            if key != "time" or str(value["text"]) in str(old["text"]):
                return False
            known = {part: piece for part, piece in value.items() if piece is not None}
            value = {**old, **known, "text": f"{old['text']} {value['text']}"}
        if too_long(value):
            return False
        last = self.last
        self.draft.put(key, value)
        self.draft.thread["last"] = last or key
        return True

    def _used(self, shape: str, asked: str | None) -> bool:
        """Return whether the message's entity of `shape` was the answer itself."""
        if asked is None:
            return False
        if shape == "number" and self.type_of(asked) == "amount":
            return all(
                entity.role is None for entity in self.message.entities if entity.name == shape
            )
        return self.type_of(asked) == shape or (shape == "phone" and asked == CONTACT)


def too_long(value: Any) -> bool:  # noqa: ANN401 - by the detail's type
    """Return whether `value` is too long for a detail."""
    text = value.get("text", "") if isinstance(value, Mapping) else value
    return isinstance(text, str) and len(text) > LINE
