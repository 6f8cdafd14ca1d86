"""Show `/console/staff`: the accounts, for administrators."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from api.console.fields import SENT, Fields
from api.console.frame import frame
from api.console.nodes import node, slot
from api.console.view import choices
from api.console.visit import Visit
from api.people.rules.actor import Role
from api.people.rules.staff import STAFF_ROLES, Staff
from api.people.service.accounts import NewAccount, accounts, open_account, switch_account

_WAY = "nav_staff"


class PeopleScreen:
    """The page of one visitor."""

    def __init__(self, visit: Visit, staff: Staff) -> None:
        self._visit = visit
        self._staff = staff
        self._shown: object = None
        self._table: Element

    async def build(self) -> None:
        """Build the page.

        Raises:
            Forbidden: the visitor is no administrator.
        """
        visit = self._visit
        people = await self._read()
        with frame(visit, self._staff, visit.say("people_title"), _WAY):
            with node("div", classes="title"):
                node("h1", visit.say("people_title"))
            with node("div", classes="case"):
                with node("section", classes="sheet", aria_labelledby="people"):
                    node("h2", visit.say("people_all"), id="people")
                    self._table = slot()
                with node("aside", classes="side", aria_label=visit.say("people_add")):
                    self._form = slot()
        self._draw(people)
        self._draw_form()
        visit.keep_up(self._look)

    async def _read(self) -> Sequence[Staff]:
        actor = await self._visit.actor()
        return await self._visit.context.database.read(accounts, actor)

    async def _look(self) -> None:
        self._draw(await self._read())

    def _draw(self, people: Sequence[Staff]) -> None:
        if people == self._shown:
            return
        self._shown = people
        self._table.clear()
        with self._table, node("table", classes="plain"):
            with node("thead"), node("tr"):
                for key in ("login", "name", "role", "state"):
                    node("th", self._visit.say(f"people_{key}"), scope="col")
            with node("tbody"):
                for person in people:
                    self._draw_person(person)

    def _draw_person(self, person: Staff) -> None:
        visit = self._visit
        unit = visit.context.desk.catalogue.units.get(person.unit or "")
        with node("tr", classes="" if person.active else "soft"):
            node("th", person.login, scope="row")
            with node("td"):
                node("span", person.name)
                if person.title:
                    node("small", person.title)
            with node("td"):
                node("span", visit.say(f"role_{person.role}"))
                if unit is not None:
                    node("small", visit.name(unit.names))
            with node("td"):
                if person.id == self._staff.id:
                    node("span", visit.say("people_self"), "soft")
                else:
                    self._switch(person)

    def _switch(self, person: Staff) -> None:
        visit = self._visit
        key = "people_close" if person.active else "people_open"
        name = visit.say(f"{key}_of", name=person.name)
        button = node(
            "button",
            visit.say(key),
            "quiet",
            type="button",
            aria_label=name,
            data_key=f"switch {person.id}",
        )

        async def switch() -> None:
            context, actor = visit.context, await visit.actor()
            await context.database.run(
                switch_account, context.desk, actor, person.login, active=not person.active
            )
            visit.tell(name)
            await self._look()

        self._on(button, "click", switch)

    def _on(self, element: Element, event: str, act: Callable[[], Awaitable[None]]) -> None:
        async def happened() -> None:
            await self._visit.attempt(act)

        element.on(event, happened, js_handler="() => emit()")

    def _draw_form(self) -> None:
        visit = self._visit
        self._form.clear()
        with self._form, node("section", classes="sheet moves"):
            node("h2", visit.say("people_add"))
            form = node("form", classes="move")
            with form:
                fields = Fields(visit, "person")
                fields.line("login", visit.say("sign_in_login"), required=True)
                fields.line("name", visit.say("people_name"), required=True)
                roles = [("", [(role.value, visit.say(f"role_{role}")) for role in STAFF_ROLES])]
                fields.select("role", visit.say("people_role"), roles, required=True)
                fields.select("unit", visit.say("field_unit"), choices.units(visit), required=False)
                fields.line("title", visit.say("people_title_of"), required=False)
                secret = visit.say("people_password")
                fields.line("password", secret, required=True, type_="password")
                node("button", visit.say("people_add"), "primary", type="submit")

        async def sent(event: GenericEventArguments) -> None:
            values = event.args if isinstance(event.args, dict) else {}
            try:
                await visit.attempt(lambda: self._add(values))
            finally:
                visit.ready(form)

        form.on("submit", sent, js_handler=SENT)

    async def _add(self, sent: dict[str, object]) -> None:
        visit = self._visit
        context, actor = visit.context, await visit.actor()
        values = {key: value for key, value in sent.items() if isinstance(value, str) and value}
        password = values.pop("password", "")
        try:
            account = NewAccount(
                login=values.get("login", ""),
                name=values.get("name", ""),
                role=Role(values.get("role", "")),
                unit=values.get("unit"),
                title=values.get("title"),
            )
            person = await context.database.run_long(  # hashing takes long
                open_account, context.desk, actor, account, password
            )
        except ValueError:
            visit.tell(visit.say("people_unit_wrong"), alarm=True)
            return
        visit.tell(visit.say("people_added", name=person.name))
        self._draw_form()
        await self._look()
