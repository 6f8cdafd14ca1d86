"""Show `/console/new`: a clerk records a matter told at a counter or by telephone.

The category decides which details are asked; unknown ones stay empty and are owed. Then the receipt
is shown, to be read out or printed.
"""

from nicegui.element import Element
from nicegui.events import GenericEventArguments
from pydantic import ValidationError

from api.catalogue.rules.details import CategoryDetail, DetailType
from api.catalogue.rules.territory import PlaceLevel
from api.console.context import CASES_TOPIC, ROOT
from api.console.fields import SENT, Fields
from api.console.frame import frame
from api.console.nodes import link, node, slot
from api.console.view import choices, wording
from api.console.visit import Visit
from api.contract import CaseOut
from api.contract.cases.intake import TakeDown
from api.people.rules.permissions import Action, authorize
from api.people.rules.staff import Staff
from api.services.moves.intake import take_down, wanted

WAY = "nav_new"
_DETAIL = "detail."
_CHOSEN = "(e) => emit(e.target.value)"


class IntakeScreen:
    """The page of one visitor."""

    def __init__(self, visit: Visit, staff: Staff) -> None:
        self._visit = visit
        self._staff = staff
        self._key = visit.context.desk.ids.new("con")
        self._page: Element
        self._details: Element
        self._problem: Element

    async def build(self) -> None:
        """Build the page.

        Raises:
            Forbidden: the role records no matters.
        """
        visit = self._visit
        actor = await visit.actor()
        authorize(actor, Action.TAKE_DOWN_CASE)
        with frame(visit, self._staff, visit.say("new_title"), WAY):
            with node("div", classes="title"), node("div"):
                node("h1", visit.say("new_title"))
                node("p", visit.say("new_hint"), "soft")
            self._page = slot()
            with self._page:
                self._draw_form()

    def _draw_form(self) -> None:
        visit = self._visit
        form = node("form", classes="sheet move intake")
        with form:
            fields = Fields(visit, "new")
            channels = [
                (channel, visit.say(f"channel_{channel}")) for channel in ("counter", "telephone")
            ]
            fields.radios("channel", visit.say("new_channel"), channels, required=True)
            fields.radios("kind", visit.say("field_kind"), choices.kinds(visit), required=True)
            fields.words("happened", visit.say("new_happened"), required=True, rows=4)
            self._draw_category(fields)
            fields.line("place", visit.say("new_place"), required=False)
            fields.select("street", visit.say("new_street"), choices.places(visit), required=False)
            fields.line("time", visit.say("new_time"), required=False)
            fields.words("demand", visit.say("case_demand"), required=False, rows=2)
            self._details = slot()
            modes = [
                (mode, visit.say(f"contact_{mode}"))
                for mode in ("named", "confidential", "anonymous")
            ]
            fields.radios("mode", visit.say("new_contact"), modes, required=True)
            fields.line("name", visit.say("contact_name"), required=False)
            fields.line("phone", visit.say("contact_phone"), required=False, type_="tel")
            self._problem = node("p", "", "alert", role="alert", hidden="")
            node("button", visit.say("new_open"), "primary", type="submit")

        async def sent(event: GenericEventArguments) -> None:
            values = event.args if isinstance(event.args, dict) else {}
            try:
                await visit.attempt(lambda: self._open(values))
            finally:
                visit.ready(form)

        form.on("submit", sent, js_handler=SENT)

    def _draw_category(self, fields: Fields) -> None:
        visit = self._visit
        with node("div") as place:
            fields.select(
                "category", visit.say("field_category"), choices.categories(visit), required=True
            )

        async def chosen(event: GenericEventArguments) -> None:
            code = event.args if isinstance(event.args, str) else ""

            async def show() -> None:
                self._details.clear()
                with self._details:
                    self._draw_details(code)

            await visit.attempt(show)

        place.on("change", chosen, js_handler=_CHOSEN)

    def _draw_details(self, category: str) -> None:
        desk, fields = self._visit.context.desk, Fields(self._visit, "new-detail")
        if category not in desk.catalogue.categories:
            return
        for key in wanted(desk, category):
            self._draw_detail(fields, desk.catalogue.details[key])

    def _draw_detail(self, fields: Fields, detail: CategoryDetail) -> None:
        visit = self._visit
        key, words = f"{_DETAIL}{detail.key}", visit.name(detail.names)
        match detail.type:
            case DetailType.CHOICE:
                offered = [(choice.key, visit.name(choice.names)) for choice in detail.choices]
                fields.radios(key, words, offered, required=False)
            case DetailType.YES_NO:
                offered = [(choice, visit.say(choice)) for choice in ("yes", "no")]
                fields.radios(key, words, offered, required=False)
            case _:
                fields.line(key, words, required=False)

    async def _open(self, sent: dict[str, object]) -> None:
        visit = self._visit
        try:
            order = TakeDown.model_validate(self._order(sent))
        except ValidationError as refused:
            wrong = sorted({str(error["loc"][0]) for error in refused.errors() if error["loc"]})
            names = visit.say("comma").join(visit.say_or(f"new_{key}", key) for key in wrong)
            self._problem.clear()
            with self._problem:
                node("span", visit.say("new_wrong", fields=names))
            self._problem.props.pop("hidden", None)
            self._problem.update()
            return
        context, actor = visit.context, await visit.actor()
        number = await context.numbers.take()
        case = await context.database.run(
            take_down, context.desk, actor, order, number=number, key=self._key
        )
        context.bell.ring(CASES_TOPIC, case.number)
        self._key = context.desk.ids.new("con")
        self._page.clear()
        with self._page:
            self._draw_receipt(case)

    def _order(self, sent: dict[str, object]) -> dict[str, object]:
        """Convert the form's values to the fields of a request, without empty ones."""
        said = {
            key: value.strip()
            for key, value in sent.items()
            if isinstance(value, str) and value.strip()
        }
        order: dict[str, object] = {
            key: said[key]
            for key in ("channel", "kind", "happened", "category", "demand")
            if key in said
        }
        order["language"] = self._visit.language
        if "place" in said or "street" in said:
            order["place"] = self._place(said.get("place"), said.get("street"))
        if "time" in said:
            order["time"] = {"text": said["time"]}
        order["contact"] = {key: said[key] for key in ("mode", "name", "phone") if key in said}
        order["details"] = {
            key.removeprefix(_DETAIL): value
            for key, value in said.items()
            if key.startswith(_DETAIL)
        }
        return order

    def _place(self, words: str | None, code: str | None) -> dict[str, str]:
        territory = self._visit.context.desk.catalogue.territory
        found = territory.get(code) if code else None
        if found is None:
            return {"text": words or ""}
        place = {"text": words or found.zh}
        if found.level is PlaceLevel.STREET:
            place["street"] = found.code
            if found.parent is not None:
                place["district"] = found.parent
        else:
            place["district"] = found.code
        return place

    def _draw_receipt(self, case: CaseOut) -> None:
        visit = self._visit
        now = visit.context.desk.clock.now()
        with node("section", classes="sheet receipt", aria_labelledby="receipt"):
            node("h2", visit.say("new_receipt"), id="receipt", tabindex="-1")
            with node("dl", classes="facts"):
                self._fact("new_number", case.number)
                if case.access_code is not None:
                    self._fact("new_code", case.access_code)
                self._fact("field_category", visit.name(case.category.names))
                if case.unit is not None:
                    self._fact("field_unit", visit.name(case.unit.names))
                else:
                    self._fact("field_unit", visit.say("new_clerk_decides"))
                until = case.due_at or case.clerk_by
                if until is not None:
                    self._fact("new_until", wording.moment(visit, until, now))
                if case.owed:
                    owed = [wording.detail_name(visit, key) for key in case.owed]
                    self._fact("new_owed", visit.say("comma").join(owed))
            with node("div", classes="ways"):
                link(visit.say("new_see"), f"{ROOT}/cases/{case.number}", "button")
                link(visit.say("new_next"), f"{ROOT}/new", "button quiet")

    def _fact(self, key: str, words: str) -> None:
        node("dt", self._visit.say(key))
        node("dd", words)
