"""Draw form fields as plain labelled HTML."""

from collections.abc import Iterable

from api.console.nodes import node
from api.console.view.choices import Group
from api.console.visit import Visit
from api.domain.attachments.attachment import MediaType

_TAKEN = ",".join(MediaType)
SENT = (
    "(e) => { e.preventDefault(); e.target.setAttribute('aria-busy', 'true');"
    " const sent = new FormData(e.target); emit(Object.fromEntries([...new Set(sent.keys())]"
    ".map((key) => [key, sent.getAll(key).join('\\n')]))); }"
)
"""Script that sends all form values and shows progress; values of one name are joined by lines."""


class Fields:
    """Draws the fields of one form; `prefix` makes their ids unique among forms."""

    def __init__(self, visit: Visit, prefix: str) -> None:
        self._visit = visit
        self._prefix = prefix

    def line(
        self, key: str, words: str, *, required: bool, value: str = "", type_: str = "text"
    ) -> None:
        """Draw a field of one line."""
        name = self._label(key, words, required=required)
        node(
            "input",
            id=name,
            name=key,
            type=type_,
            value=value or None,
            required=required,
            maxlength="500",
        )

    def words(
        self, key: str, words: str, *, required: bool, longest: int | None = None, rows: int = 3
    ) -> None:
        """Draw a field of several lines."""
        name = self._label(key, words, required=required)
        most = str(longest) if longest else None
        node("textarea", id=name, name=key, rows=str(rows), required=required, maxlength=most)

    def radios(
        self, key: str, words: str, choices: Iterable[tuple[str, str]], *, required: bool
    ) -> None:
        """Draw a choice of a few."""
        with node("fieldset"):
            with node("legend", words):
                self._optional(key, required=required)
            for value, name in choices:
                with node("label", classes="check"):
                    node("input", type="radio", name=key, value=value, required=required)
                    node("span", name)

    def select(
        self,
        key: str,
        words: str,
        groups: Iterable[Group],
        *,
        required: bool,
        chosen: str | None = None,
        several: bool = False,
    ) -> None:
        """Draw a choice of many, in groups; a group without a name is not shown as a group."""
        name = self._label(key, words, required=required)
        size = "6" if several else None
        with node("select", id=name, name=key, required=required, multiple=several, size=size):
            if not several:
                node("option", self._visit.say("choose"), value="")
            for group, options in groups:
                if not group:
                    self._options(options, chosen)
                    continue
                with node("optgroup", label=group):
                    self._options(options, chosen)

    @staticmethod
    def _options(options: Iterable[tuple[str, str]], chosen: str | None) -> None:
        for value, words in options:
            node("option", words, value=value, selected=value == chosen)

    def files(self, key: str, words: str, *, required: bool) -> None:
        """Draw a choice of files; each is sent when it is chosen, by `console.js`."""
        say = self._visit.say
        with node("fieldset", classes="give"):
            with node("legend", words):
                self._optional(key, required=required)
            with node("label", classes="quiet"):
                node("span", say("file_choose"))
                node(
                    "input",
                    classes="unseen",
                    id=f"{self._prefix}-{key}",
                    type="file",
                    multiple=True,
                    required=required,
                    accept=_TAKEN,
                    data_give=key,
                    data_sending=say("file_sending"),
                    data_drop=say("file_drop"),
                    data_failed=say("file_failed"),
                )
            node("ul", classes="given", aria_live="polite")

    def _label(self, key: str, words: str, *, required: bool) -> str:
        name = f"{self._prefix}-{key}"
        with node("label", words, for_=name):
            self._optional(key, required=required)
        return name

    def _optional(self, key: str, *, required: bool) -> None:
        """Mark a field as optional, or say when it is required."""
        if not required:
            node("small", self._visit.say_or(f"when_{key}", self._visit.say("field_optional")))
