"""Taking a message in the middle of the form: as an answer, a correction, an addition, a gap.

One message may answer several questions, correct an earlier answer and name another matter, so
it is read once and as a whole. What is none of this is left to the rules, which answer it; the
form then asks again in other words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from actions import categories, contacts
from actions.answers import LINE, fits, read, without
from actions.book import CONTACT, DEMAND, HAPPENED, Book
from actions.course import CATEGORY, CHANGE, CONFIRM, LEAVE, Question, open_question
from actions.draft import Draft
from actions.message import REQUESTS, Message
from actions.phrases import has_digits, has_letters, phrases
from actions.places import amended, in_words
from api.contract import DetailDefinition
from api.contract.wire import MAX_WORDS

DIGRESSIONS = frozenset(
    {
        "check_progress",
        "urge",
        "rate",
        "talk_to_person",
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

_MATTERS = REQUESTS | {"emergency", "add_details"}
"""Intents that tell of a matter: more of this one, or another."""

_WORDY = frozenset({"text", "choice", "yes_no"})
"""Types whose answers may sound like anything: "never solved", "I was told to wait"."""

_MEANT = 0.45
"""How sure a digression must be to be one, and not an odd answer."""

_DROPPED = 0.6
"""How sure the wish to drop a matter must be: a demand may sound like it."""

_SHAPES = ("place", "time", "phone", "plate", "amount")
_THIN_ASKS = 2
"""After so many questions about what happened, the opening words have to do."""


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
class Listener:
    """Takes one message into `draft`; `told` is what to say about it."""

    message: Message
    draft: Draft
    book: Book
    told: list[Told] = field(default_factory=list)
    later: list[dict[str, Any]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Words of the message that were kept as details of their own."""

    def take(self) -> bool:
        """Take the message; false, and nothing changed, when it is for the rules to answer."""
        question = open_question(self.draft, self.book)
        if question is None or not self._taken(question):
            return False
        self.draft.thread["heard"] = self.message.id
        return True

    def _taken(self, question: Question) -> bool:
        if self.message.intent == "choose_category":
            return self._category_chosen()
        if self.message.intent == "choose_kind":
            return self._kind_chosen(self.message.word("kind"))
        if question.slot == LEAVE:
            return self._leaving()
        if self.message.intent == "withdraw" and self.message.confidence >= _DROPPED:
            self.draft.thread["leaving"] = True
            return True
        if self.message.intent == "correct" or self._rejects():
            return self._corrected(question)
        if question.slot == CONFIRM:
            return self._at_summary()
        if question.slot == CHANGE:
            return self._at_change()
        if question.slot == CATEGORY:
            return self._category_told()
        if question.key == CONTACT:
            return self._contact_told()
        return self._detail_told(question.key)

    # --- the dialogue's own questions

    def _leaving(self) -> bool:
        if self.message.intent in ("affirm", "withdraw"):
            self.draft.confirm = False
            return True
        self.draft.thread["leaving"] = False
        if self.message.intent == "deny":
            self.told.append(Told("utter_going_on"))
            return True
        before = open_question(self.draft, self.book)
        if before is not None and self._taken(before):
            return True
        # Whatever it was, it was no wish to stop; the rules answer it and the form goes on.
        self.draft.thread["leaving"] = True
        return False

    def _at_summary(self) -> bool:
        if self.message.intent == "affirm":
            self.draft.confirm = True
            return True
        if self.message.intent == "deny":
            self.draft.thread["changing"] = True
            return True
        if self.message.intent in DIGRESSIONS and not self._shaped():
            return False
        if self.message.intent in ("skip", "refuse", "change_language"):
            return False
        return self._changed(None) or self._added()

    def _at_change(self) -> bool:
        if self.message.intent in ("deny", "affirm"):
            self.draft.thread["changing"] = False
            return True
        if self.message.intent in DIGRESSIONS or self.message.intent == "change_language":
            return False
        return self._corrected(Question(CHANGE, CHANGE))

    # --- categories

    def _category_chosen(self) -> bool:
        code = self.message.word("code")
        if code == categories.NONE_FITS:
            return self._none_fits()
        if self.book.category(code) is None:
            return False
        changed = self.draft.category not in (None, code)
        self._choose(code)
        if changed:
            self.told.append(Told("utter_changed", CATEGORY, code))
        return True

    def _category_told(self) -> bool:
        if self.message.intent in ("skip", "refuse", "deny"):
            return self._none_fits()
        if self._digresses(("text",)) or not self._says_something():
            return False
        guess = categories.guess(self.message, self.book)
        if guess.code is not None:
            self._choose(guess.code)
        elif self.draft.times_asked(CATEGORY) >= categories.ROUNDS:
            self._give_up_category()
        else:
            self.draft.thread["candidates"] = guess.candidates
        self._extend(self.message.said)
        self.gather(None)
        return True

    def _none_fits(self) -> bool:
        offered = self.draft.thread.get("candidates", [])
        left = offered[categories.OFFERED :]
        if left and self.draft.times_asked(CATEGORY) < categories.ROUNDS:
            self.draft.thread["candidates"] = left
        else:
            self._give_up_category()
        return True

    def _give_up_category(self) -> None:
        offered = self.draft.thread.get("candidates", [])
        self._choose(self.book.other or next(iter(offered), self.draft.category))
        self.draft.thread["unsure"] = True
        self.told.append(Told("utter_category_left_open"))

    def _choose(self, code: str | None) -> None:
        self.draft.category = code
        self.draft.thread.pop("redo", None)
        self.draft.thread.pop("unsure", None)
        self.draft.thread["changing"] = False
        known = set(self.book.takes(self.draft.kind, code))
        self.draft.owed = [key for key in self.draft.owed if key in known]

    def _kind_chosen(self, kind: str | None) -> bool:
        if kind not in REQUESTS:
            return False
        if kind != self.draft.kind:
            self.draft.kind = kind
            self.told.append(Told("utter_changed", "kind", kind))
        self.draft.thread["changing"] = False
        return True

    # --- answers

    def _detail_told(self, key: str) -> bool:
        definition = self.book.definition(key)
        kind = definition.type if definition else "text"
        fitting = definition is not None and fits(definition, self.message)
        if self.message.intent in ("skip", "refuse") and not fitting:
            return self._skipped(key)
        if self.message.intent == "deny" and kind != "yes_no":
            return self._skipped(key)
        if not fitting and (self._digresses((kind,)) or self.message.intent == "affirm"):
            return False
        if key == HAPPENED:
            return self._happened_told()
        if not fitting and kind not in _WORDY and self.message.likely.name in _MATTERS:
            return self._another_matter() or self._added()
        return self._answered(key)

    def _answered(self, key: str) -> bool:
        definition = self.book.definition(key)
        if definition is None:
            return False
        value = read(definition, self.message)
        if value is not None and _too_long(value):
            self.told.append(Told("utter_line_too_long"))
            return True
        redo = self.draft.thread.get("redo") == key
        others = self.gather(key)
        if value is not None:
            if isinstance(value, str) and key != DEMAND:
                value = without(value, self.kept)
            self.draft.put(key, value)
            self.draft.thread.pop("redo", None)
        if value is not None and redo:
            self.told.append(Told("utter_changed", key, value))
        if value is None and not others:
            if not has_digits(self.message.said):
                return False
            self.told.append(Told("utter_phone_unclear"))
        return True

    def _happened_told(self) -> bool:
        if not self._says_something():
            return False
        said = self.message.said
        redo = self.draft.thread.pop("redo", None) == HAPPENED
        first = str(self.draft.thread.get("first") or "")
        worth = not redo and phrases.substance(first) and first not in said
        text = f"{first}\n{said}" if worth else said
        if not self._fits_happened(text):
            return True
        self.draft.put(HAPPENED, text)
        if redo:
            self.told.append(Told("utter_changed", HAPPENED, text))
        if self.draft.category is None:
            guess = categories.guess(self.message, self.book)
            self.draft.category = guess.code
            self.draft.thread["candidates"] = guess.candidates
        self.gather(HAPPENED)
        return True

    def _contact_told(self) -> bool:
        told = contacts.take(self.message, self.draft)
        if told is contacts.Taken.NOT:
            return self._no_contact_told()
        if told is contacts.Taken.OWED:
            self.told.append(Told("utter_owed", CONTACT))
        if told is contacts.Taken.ANONYMOUS:
            self.told.append(Told("utter_no_contact"))
        if self.draft.thread.get("redo") == CONTACT and self.draft.contact is not None:
            self.draft.thread.pop("redo")
            self.told.append(Told("utter_changed", CONTACT, self.draft.contact))
        self.gather(CONTACT)
        return True

    def _no_contact_told(self) -> bool:
        """Whatever else was said where a number was asked for: no words can stand for one."""
        if self.message.intent in DIGRESSIONS | {"affirm", "change_language"}:
            return False
        if self.gather(CONTACT) or self._another_matter():
            return True
        if self.message.intent in _MATTERS:
            return self._added()
        if not has_digits(self.message.said):
            return False
        self.told.append(Told("utter_phone_unclear"))
        return True

    def _skipped(self, key: str) -> bool:
        if self.draft.thread.get("redo") == key:
            self.draft.thread.pop("redo")
            self.told.append(Told("utter_left_as_it_was", key))
            return True
        if key != HAPPENED:
            self.draft.owe(key)
            self.told.append(Told("utter_owed", key))
            return True
        first = self.draft.thread.get("first")
        if first and self.draft.times_asked(HAPPENED) >= _THIN_ASKS:
            self.draft.put(HAPPENED, first)
            return True
        self.told.append(Told("utter_need_happened"))
        return True

    def gather(self, asked: str | None = None) -> bool:
        """Keep what else the message tells of the matter; true when there was something."""
        found = False
        for key in self.book.takes(self.draft.kind, self.draft.category):
            definition = self.book.definition(key)
            if definition is None or key == asked or self._used(definition.type, asked):
                continue
            if self._tells(definition):
                value = read(definition, self.message)
                found = self._gathered(key, definition.type, value) or found
        if not self._used("phone", asked):
            found = contacts.keep_phone(self.message, self.draft) or found
        return found

    def _tells(self, definition: DetailDefinition) -> bool:
        """Whether the message holds this detail beyond doubt; a bare number only in an answer."""
        if definition.type == "number":
            alone = len(self.message.values("number")) == 1
            return alone and self.message.intent == "inform"
        return definition.type in _SHAPES and fits(definition, self.message)

    def _gathered(
        self,
        key: str,
        shape: str,
        value: Any,  # noqa: ANN401 - by the detail's type
    ) -> bool:
        """Keep a detail that came along; a time told twice is told more closely the second time."""
        old = self.draft.value(key)
        if old is not None:
            if key != "time" or str(value["text"]) in str(old["text"]):
                return False
            known = {part: told for part, told in value.items() if told is not None}
            value = {**old, **known, "text": f"{old['text']} {value['text']}"}
        last = self.draft.thread.get("last")
        self.draft.put(key, value)
        self.draft.thread["last"] = last or key
        self.kept += self.message.words_of(shape)
        return True

    def _used(self, shape: str, asked: str | None) -> bool:
        """Whether the message's entity of `shape` was the answer itself."""
        definition = self.book.definition(asked) if asked else None
        return definition is not None and (
            definition.type == shape or (shape == "phone" and asked == CONTACT)
        )

    # --- corrections and additions

    def _rejects(self) -> bool:
        return self.message.intent == "deny" and phrases.rejects(self.message.said)

    def _corrected(self, question: Question) -> bool:
        named = self.message.word("detail")
        known = [CATEGORY, *self.book.takes(self.draft.kind, self.draft.category)]
        if named in known:
            return self._ask_again(named)
        if self._changed(question.key):
            self.draft.thread["changing"] = False
            return True
        mentioned = self.book.mentioned(self.message.said, known) if self.message.said else None
        if mentioned is not None:
            return self._ask_again(mentioned)
        self.draft.thread["changing"] = True
        return True

    def _ask_again(self, key: str) -> bool:
        self.draft.thread["changing"] = False
        if key == CATEGORY:
            self._offer_others()
        elif self.draft.settled(key):
            self.draft.thread["redo"] = key
        if key == CONTACT:
            contacts.forget(self.draft)
        return True

    def _changed(self, asked: str | None) -> bool:
        """Put right what the message corrects; false when it names nothing new."""
        said = self.message.said
        kind = phrases.kind(said) if self.message.intent == "correct" else None
        if kind is not None and kind != self.draft.kind and not self._shaped():
            return self._kind_chosen(kind)
        keys = self.book.takes(self.draft.kind, self.draft.category)
        mentioned = self.book.mentioned(said, [CATEGORY, *keys])
        if mentioned == CATEGORY:
            return self._category_corrected()
        key = self._target(mentioned, keys, asked)
        if key is None:
            return False
        value = self._new_value(key)
        if value is None or _too_long(value):
            return False
        if key == CONTACT:
            contacts.change(self.draft, value)
        else:
            self.draft.put(key, value)
        self.draft.thread.pop("redo", None)
        self.told.append(Told("utter_changed", key, self.draft.value(key) or value))
        return True

    def _category_corrected(self) -> bool:
        guess = categories.guess(self.message, self.book)
        if guess.code is None or guess.code == self.draft.category:
            self.draft.thread["candidates"] = guess.candidates
            self._offer_others()
            return True
        self._choose(guess.code)
        self.told.append(Told("utter_changed", CATEGORY, guess.code))
        return True

    def _offer_others(self) -> None:
        """Ask for the category again, the one that was wrong left out."""
        offered = self.draft.thread.get("candidates", [])
        self.draft.thread["candidates"] = [one for one in offered if one != self.draft.category]
        self.draft.thread["redo"] = CATEGORY

    def _target(self, mentioned: str | None, keys: list[str], asked: str | None) -> str | None:
        """The detail that a correction is about."""
        if mentioned is not None:
            return mentioned
        if self.message.word("phone"):
            return self._of_type("phone", keys) or CONTACT
        for shape in _SHAPES:
            if self.message.word(shape):
                return self._of_type(shape, keys)
        if contacts.names_contact(self.message):
            return CONTACT
        if self.message.intent != "correct" or asked == CONFIRM:
            return None
        last = self._last()
        return last if last in keys and last != HAPPENED else None

    def _of_type(self, shape: str, keys: list[str]) -> str | None:
        same = [key for key in keys if (d := self.book.definition(key)) and d.type == shape]
        told = [key for key in same if self.draft.value(key) is not None]
        last = self._last()
        return last if last in told else next(iter(told or same), None)

    def _last(self) -> str | None:
        last = self.draft.thread.get("last")
        return last if isinstance(last, str) else None

    def _new_value(self, key: str) -> Any:  # noqa: ANN401 - by the detail's type
        if key == CONTACT:
            return contacts.correction(self.message)
        definition = self.book.definition(key)
        kind = definition.type if definition else "text"
        if kind in _SHAPES and definition is not None and fits(definition, self.message):
            new = self._without_lead(read(definition, self.message))
            old = self.draft.value(key)
            return amended(old, new) if kind == "place" and isinstance(new, Mapping) else new
        words = phrases.corrected(self.message.said)
        if words is None or not has_letters(words):
            return None
        if kind == "place":
            return amended(self.draft.value(key), in_words(words))
        if kind == "time":
            return {"text": words}
        return None if kind == "phone" else words

    def _without_lead(self, value: Any) -> Any:  # noqa: ANN401 - by the detail's type
        """Cut off a "should be" that the understanding took for part of a name."""
        words = phrases.corrected(self.message.said)
        if not isinstance(value, Mapping) or not words or words == value["text"]:
            return value
        return {**value, "text": words} if str(value["text"]).endswith(words) else value

    def _added(self) -> bool:
        """Take the words as more about what happened."""
        if not self._says_something():
            return False
        self.gather(None)
        if self._extend(self.message.said):
            self.told.append(Told("utter_added"))
        return True

    def _extend(self, said: str) -> bool:
        text = f"{self.draft.happened}\n{said}" if self.draft.happened else said
        if not self._fits_happened(text):
            return False
        self.draft.happened = text
        return True

    def _fits_happened(self, text: str) -> bool:
        if len(text) <= MAX_WORDS:
            return True
        self.told.append(Told("utter_too_long"))
        return False

    def _another_matter(self) -> bool:
        """Keep another matter for later, when the message is plainly about one."""
        if self.message.intent not in REQUESTS - {"consult"}:
            return False
        guess = categories.guess(self.message, self.book)
        if guess.code is None or guess.code == self.draft.category:
            return False
        if self.draft.category is None or not self.book.substantial(self.message.said, guess.code):
            return False
        self.later.append({"kind": self.message.intent, **categories.remembered(self.message)})
        self.told.append(Told("utter_kept_for_later", CATEGORY, guess.code))
        return True

    # --- judging

    def _digresses(self, kinds: tuple[str, ...]) -> bool:
        """Whether the message asks for something else than to answer."""
        if self.message.intent == "change_language":
            return True
        if self.message.intent not in DIGRESSIONS or self.message.confidence < _MEANT:
            return False
        wordy = bool(_WORDY.intersection(kinds))
        return not (wordy and self.message.intent in ("rate", "urge"))

    def _shaped(self) -> bool:
        return any(self.message.word(shape) for shape in _SHAPES)

    def _says_something(self) -> bool:
        return has_letters(self.message.said) and self.message.intent != "out_of_scope"


def _too_long(value: Any) -> bool:  # noqa: ANN401 - by the detail's type
    text = value.get("text", "") if isinstance(value, Mapping) else value
    return isinstance(text, str) and len(text) > LINE
