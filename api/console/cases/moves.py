"""Draw the moves that the reader may make on a case, each with its form."""

from collections.abc import Awaitable, Callable, Collection, Iterator

from nicegui.element import Element
from nicegui.events import GenericEventArguments
from pydantic import ValidationError

from api.console.context import CASES_TOPIC
from api.console.fields import SENT, Fields
from api.console.nodes import node, slot
from api.console.view import choices, wording
from api.console.view.forms import Field, MoveForm, Widget, form_of, values_of
from api.console.visit import Visit
from api.contract import CaseOut
from api.domain.lifecycle import Move

_LAST = (Move.REMARK, Move.ADD_DETAILS)
"""Moves that are always allowed; shown below those that change the state."""

_UNITS = frozenset({"unit", "lead"})
_LISTS = frozenset({"members", "helpers", "details"})
"""Lists with values of the catalogue; the values of other lists are typed, one per line."""
_DETAIL = "detail."


class MoveForms:
    """The forms of one page: redrawn when the allowed moves change, else left as typed."""

    def __init__(
        self,
        visit: Visit,
        number: str,
        after: Callable[[], Awaitable[None]],
        only: Collection[Move] = frozenset(Move),
    ) -> None:
        """Make the place of the forms.

        Args:
            visit: the page.
            number: the case's number.
            after: refreshes the page after a move.
            only: the moves of this page.
        """
        self._visit = visit
        self._only = only
        self._number = number
        self._after = after
        self._place = slot()
        self._case: CaseOut | None = None
        self._offered: object = None

    def show(self, case: CaseOut) -> None:
        """Show the moves that the reader may make in the case's present state."""
        moves = [move for name in case.moves if (move := Move(name)) in self._only]
        offered = [form for move in moves if (form := form_of(move))]
        offered.sort(key=lambda form: form.move in _LAST)
        if Move.ADD_DETAILS in [form.move for form in offered] and not case.owed:
            offered = [form for form in offered if form.move is not Move.ADD_DETAILS]
        self._case = case
        shown = (
            [form.move for form in offered],
            case.owed,
            case.unit and case.unit.code,
            case.needs_evidence,
        )
        if shown == self._offered:
            return
        self._offered = shown
        self._place.clear()
        with self._place:
            self._draw(offered)

    def close(self) -> None:
        """Show no form: the reader can no longer see the case."""
        self._offered = None
        self._place.clear()

    def _draw(self, offered: list[MoveForm]) -> None:
        visit = self._visit
        with node("section", classes="sheet moves"):
            node("h2", visit.say("case_moves"))
            if not offered:
                node("p", visit.say("moves_none"), "soft")
            first = True
            for form in offered:
                # One form is open, the others are one line each, so that the next step is clear.
                details = node("details", name="moves", open=first or None)
                with details:
                    node("summary", wording.move(visit, form.move), data_key=f"move {form.move}")
                    self._draw_form(form)
                first = False

    def _draw_form(self, form: MoveForm) -> None:
        visit = self._visit
        key = visit.context.desk.ids.new("con")
        element = node("form", classes=f"move {form.move}")
        with element:
            hint = f"move_{form.move}_hint"
            if visit.context.texts.has(hint):
                node("p", visit.say(hint), "hint")
            for field in form.fields:
                if form.move is Move.ADD_DETAILS and field.key == "text":
                    continue
                self._draw_field(form, field)
            if form.move is Move.ADD_DETAILS and self._case is not None:
                for owed in self._case.owed:
                    name = wording.detail_name(visit, owed)
                    Fields(visit, form.move.value).line(f"{_DETAIL}{owed}", name, required=False)
            problem = node("p", "", "alert", role="alert", hidden="")
            refuses = form.move is Move.REJECT or "return" in form.move.value
            node(
                "button",
                wording.move(visit, form.move),
                "danger" if refuses else "primary",
                type="submit",
            )

        async def sent(event: GenericEventArguments) -> None:
            await self._send(form, event.args, key, element, problem)

        element.on("submit", sent, js_handler=SENT)

    def _units(self) -> Iterator[choices.Group]:
        place = self._case.place if self._case is not None else None
        return choices.units(self._visit, place.street if place is not None else None)

    def _draw_field(self, form: MoveForm, field: Field) -> None:
        fields = Fields(self._visit, form.move.value)
        key, words, required = field.key, self._label(form, field.key), field.required
        if key == "exclusion":
            fields.select(key, words, choices.exclusions(self._visit), required=required)
            return
        if key in _UNITS:
            fields.select(key, words, self._units(), required=required)
            return
        if field.widget is Widget.LIST and key in _LISTS:
            listed = choices.details(self._visit) if key == "details" else self._units()
            fields.select(key, words, listed, required=required, several=True)
            return
        match field.widget:
            case Widget.YES_NO | Widget.CHOICE:
                values = field.choices or ("yes", "no")
                offered = [(value, wording.choice(self._visit, key, value)) for value in values]
                fields.radios(key, words, offered, required=required)
            case Widget.WORDS | Widget.LIST:
                fields.words(key, words, required=required, longest=field.longest)
            case Widget.MOMENT:
                fields.line(key, words, required=required, type_="datetime-local")
            case Widget.NUMBER:
                fields.line(key, words, required=required, type_="number")
            case Widget.FILES:
                fields.files(key, words, required=required or self._shows_what_was_done(form))
            case Widget.LINE:
                fields.line(key, words, required=required)

    def _shows_what_was_done(self, form: MoveForm) -> bool:
        return form.move is Move.REPLY and self._case is not None and self._case.needs_evidence

    def _label(self, form: MoveForm, key: str) -> str:
        texts = self._visit.context.texts
        for words in (f"field_{form.move}_{key}", f"field_{key}"):
            if texts.has(words):
                return self._visit.say(words)
        return key.replace("_", " ")

    async def _send(
        self, form: MoveForm, sent: object, key: str, element: Element, problem: Element
    ) -> None:
        visit = self._visit

        async def move() -> None:
            values = sent if isinstance(sent, dict) else {}
            try:
                order = self._order(form, values)
            except ValidationError as refused:
                self._complain(form, refused, problem)
                return
            context = visit.context
            actor = await visit.actor()
            given: dict[str, object] = {"order": order} if order is not None else {}
            if form.opens:
                given["fresh"] = await context.numbers.take()
            await context.database.run(
                form.function, context.desk, actor, self._number, key=key, **given
            )
            context.bell.ring(CASES_TOPIC, self._number)
            # The typed text was sent; the next form is empty.
            self._offered = None
            await self._after()
            visit.tell(visit.say("move_done", move=wording.move(visit, form.move)))

        _hide(problem)
        try:
            await visit.attempt(move)
        finally:
            visit.ready(element)

    def _order(self, form: MoveForm, sent: dict[str, object]) -> object | None:
        if form.order is None:
            return None
        values = values_of(form.fields, sent)
        details = {
            name.removeprefix(_DETAIL): value.strip()
            for name, value in sent.items()
            if name.startswith(_DETAIL) and isinstance(value, str) and value.strip()
        }
        if details:
            values["details"] = details
        return form.order.model_validate(values)

    def _complain(self, form: MoveForm, refused: ValidationError, problem: Element) -> None:
        fields = {str(error["loc"][0]) for error in refused.errors() if error["loc"]}
        names = [self._label(form, key) for key in sorted(fields)]
        visit = self._visit
        words = (
            visit.say("form_wrong", fields=wording.listed(visit, names))
            if names
            else visit.say_or(f"form_{form.move}_incomplete", visit.say("form_empty"))
        )
        problem.clear()
        with problem:
            node("span", words)
        del problem.props["hidden"]
        problem.update()


def _hide(problem: Element) -> None:
    problem.props["hidden"] = ""
    problem.update()
