"""What pages of figures share: a heading with its export, and fields that show other figures."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from api.console.nodes import node
from api.console.visit import Visit

_CHANGED = "(e) => emit(e.target.value)"
_LONGEST = 64
"""Characters of a field's value that are taken into the address."""

Table = tuple[str, bytes]
"""A file's name and the bytes of its CSV."""


def heading(visit: Visit, page: str, table: Callable[[], Awaitable[Table | None]] | None) -> None:
    """Draw title and hint of a page, with a button that exports `table` where there is one."""
    with node("div", classes="title"):
        with node("div"):
            node("h1", visit.say(f"{page}_title"))
            node("p", visit.say(f"{page}_hint"), "soft")
        if table is not None:
            button = node("button", visit.say("figures_export"), "quiet", type="button")
            button.on("click", _export(visit, table))


def _export(
    visit: Visit, table: Callable[[], Awaitable[Table | None]]
) -> Callable[[], Awaitable[None]]:
    async def export() -> None:
        written = await table()
        if written is not None:
            name, content = written
            with visit.client:
                ui.download.content(content, name, "text/csv")

    async def clicked() -> None:
        await visit.attempt(export)

    return clicked


def follow_field(
    visit: Visit, field: Element, key: str, look: Callable[[], Awaitable[None]]
) -> None:
    """Put a field's new value into the address as `key`, and look again without a new page."""

    async def changed(event: GenericEventArguments) -> None:
        async def go() -> None:
            value = event.args[:_LONGEST] if isinstance(event.args, str) else ""
            visit.query = {
                name: kept
                for name, kept in {**visit.query, key: value}.items()
                if kept and name != "lang"
            }
            visit.follow(visit.address({}))
            await look()

        await visit.attempt(go)

    field.on("change", changed, js_handler=_CHANGED)
