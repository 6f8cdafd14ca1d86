"""Compose words in an action from short pieces, and the buttons under a question.

The pieces are responses of the domain, so that all words of the dialogue are in one place. Only
their language is chosen here, because a list of details or a receipt is one message of many pieces.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from actions.catalogue import CONTACT, DialogueCatalogue
from actions.course import CATEGORY
from actions.draft import Draft
from kernel.clock import SHANGHAI

DEFAULT_LANGUAGE = "zh"
_BLANK_LINES = re.compile(r"\n\s*\n+")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class DialogueTexts:
    """The pieces of one domain in one language."""

    def __init__(self, domain: Mapping[str, Any], language: str | None) -> None:
        self._responses = domain.get("responses") or {}
        self.language = language or DEFAULT_LANGUAGE

    def piece(self, response: str, **values: object) -> str:
        """Return the text of `response` in this language; KeyError when it does not exist."""
        plain, chosen = "", None
        for variation in self._responses[response]:
            conditions = variation.get("condition")
            if not conditions:
                plain = plain or variation["text"]
            elif all(condition["name"] == "language" for condition in conditions) and (
                conditions[0].get("value") == self.language
            ):
                chosen = chosen or variation["text"]
        text: str = chosen or plain
        return text.format(**values) if values else text

    def button(self, response: str, payload: str) -> dict[str, str]:
        """Make a button whose title is a piece."""
        return {"title": self.piece(response), "payload": payload}

    def listed(self, names: Iterable[str]) -> str:
        """Join names as a list in this language."""
        return self.piece("utter_piece_comma").join(names)

    def line(self, name: str, value: str) -> str:
        """Format a line of a summary."""
        return self.piece("utter_piece_line", name=name, value=value)

    def moment(self, moment: datetime) -> str:
        """Format a date and time of day in Shanghai time."""
        local = moment.astimezone(SHANGHAI)
        return self.piece(
            "utter_piece_moment",
            month=local.month,
            month_name=_MONTHS[local.month - 1],
            day=local.day,
            clock=f"{local:%H:%M}",
        )

    def shown_value(self, key: str, value: Any, catalogue: DialogueCatalogue) -> str:  # noqa: ANN401 - by the detail's type
        """Format the value of the detail `key` for display."""
        if key == CATEGORY:
            return catalogue.category_name(value, self.language)
        if key == "kind":
            return self.piece(f"utter_kind_{value}")
        if key == CONTACT:
            return self._contact(value)
        if isinstance(value, Mapping):
            return one_paragraph(str(value.get("text", "")))
        definition = catalogue.definition(key)
        if definition and definition.type == "yes_no" and value in ("yes", "no"):
            return self.piece(f"utter_piece_{value}")
        for choice in definition.choices if definition else ():
            if choice.value == value:
                return choice.names.in_language(self.language)
        return one_paragraph(str(value))

    def called(self, key: str, catalogue: DialogueCatalogue) -> str:
        """Return the name of the detail `key`; kind and category count as details."""
        if key in (CATEGORY, "kind"):
            return self.piece(f"utter_piece_{key}")
        return catalogue.name(key, self.language)

    def _contact(self, contact: Mapping[str, Any]) -> str:
        mode = self.piece(f"utter_mode_{contact.get('mode', 'named')}")
        parts = [str(contact[part]) for part in ("name", "phone") if contact.get(part)]
        if not parts:
            return mode
        return self.piece("utter_piece_contact", who=" ".join(parts), mode=mode)

    def summary(self, draft: Draft, catalogue: DialogueCatalogue) -> str:
        """Format all details so far, one per line."""
        known = [
            key
            for key in catalogue.takes(draft.kind, draft.category)
            if draft.value(key) is not None and key != "happened"
        ]
        known.sort(key=lambda key: key == CONTACT)
        lines = [
            self.line(
                self.called("kind", catalogue), self.shown_value("kind", draft.kind, catalogue)
            ),
            self.line(
                self.called(CATEGORY, catalogue),
                self.shown_value(CATEGORY, draft.category, catalogue),
            ),
            self.line(
                self.called("happened", catalogue),
                self.shown_value("happened", draft.happened, catalogue),
            ),
            *(
                self.line(self.called(k, catalogue), self.shown_value(k, draft.value(k), catalogue))
                for k in known
            ),
        ]
        if draft.owed:
            owed = self.listed(catalogue.names(draft.owed, self.language))
            lines.append(self.line(self.piece("utter_piece_owed"), owed))
        return "\n".join(lines)


def one_paragraph(text: str) -> str:
    """Remove empty lines, at which a channel of Rasa would split the message."""
    return _BLANK_LINES.sub("\n", text).strip()


def payload(intent: str, **entities: str) -> str:
    """Return the payload of a button, such as `/choose_category{"code":"0302"}`."""
    if not entities:
        return f"/{intent}"
    pairs = ",".join(f'"{name}":"{value}"' for name, value in entities.items())
    return f"/{intent}{{{pairs}}}"
