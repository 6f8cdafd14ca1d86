"""Show `/console/deliveries`: undelivered messages to citizens and undelivered webhooks.

The console only reads the reports of the citizen's side, which retries its messages itself. An
administrator can replay deliveries to the city's own systems here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from nicegui.element import Element

from api.console.context import ROOT
from api.console.drawing import Canvas, draw
from api.console.frame import frame
from api.console.nodes import node, slot
from api.console.view import wording
from api.console.visit import Visit
from api.contract.events import DeliveryOut, DeliveryPage
from api.contract.webhooks import (
    Redeliver,
    SubscriberOut,
    SubscriberPage,
    WebhookDeliveryOut,
)
from api.domain.cases.numbers import is_case_number
from api.people.rules.actor import Actor
from api.people.rules.permissions import Action, is_allowed
from api.people.rules.staff import Staff
from api.services.desk import ServiceDesk
from api.services.events import failed_deliveries
from api.webhooks.service import list_dead, list_subscribers, redeliver
from kernel.database.transaction import Transaction

_WAY = "nav_deliveries"


@dataclass(frozen=True, slots=True)
class _Seen:
    failed: DeliveryPage
    subscribers: SubscriberPage | None
    dead: tuple[tuple[SubscriberOut, WebhookDeliveryOut], ...] = ()


def _read(tx: Transaction, desk: ServiceDesk, actor: Actor) -> _Seen:
    failed = failed_deliveries(tx, desk, actor)
    if not is_allowed(actor.role, Action.MANAGE_WEBHOOKS):
        return _Seen(failed, None)
    theirs = list_subscribers(tx, desk, actor)
    dead = tuple(
        (item, letter)
        for item in theirs.items
        if item.dead
        for letter in list_dead(tx, desk, actor, item.id).items
    )
    return _Seen(failed, theirs, dead)


class DeliveriesScreen:
    """The page of one visitor."""

    def __init__(self, visit: Visit, staff: Staff) -> None:
        self._visit = visit
        self._staff = staff
        self._shown: object = None
        self._failed: Canvas
        self._subscribers: Element

    async def build(self) -> None:
        """Build the page.

        Raises:
            Forbidden: the role sees no deliveries.
        """
        visit = self._visit
        seen = await self._read()
        with frame(visit, self._staff, visit.say("deliveries_title"), _WAY):
            with node("div", classes="title"), node("div"):
                node("h1", visit.say("deliveries_title"))
                node("p", visit.say("deliveries_hint"), "soft")
            self._failed = Canvas()
            self._subscribers = slot()
        self._draw(seen)
        visit.keep_up(self._look)

    async def _read(self) -> _Seen:
        context = self._visit.context
        actor = await self._visit.actor()
        return await context.database.read(_read, context.desk, actor)

    async def _look(self) -> None:
        self._draw(await self._read())

    def _draw(self, seen: _Seen) -> None:
        if seen == self._shown:
            return
        self._shown = seen
        now = self._visit.context.desk.clock.now()
        with self._failed.drawing():
            self._draw_failed(seen.failed.items, now)
        self._subscribers.clear()
        if seen.subscribers is not None:
            with self._subscribers:
                self._draw_subscribers(seen.subscribers.items)
                if seen.dead:
                    self._draw_dead(seen.dead)

    def _draw_failed(self, items: tuple[DeliveryOut, ...], now: datetime) -> None:
        visit = self._visit
        if not items:
            with draw("div", classes="nothing"):
                draw("img", src=f"{ROOT}/static/seal.svg", alt="", width="48", height="48")
                draw("h2", visit.say("deliveries_none"))
                draw("p", visit.say("deliveries_none_hint"))
            return
        with draw("table", classes="queue"):
            with draw("thead"), draw("tr"):
                for key in ("case", "message", "outcome", "reason", "at"):
                    draw("th", visit.say(f"delivery_{key}"), scope="col")
            with draw("tbody"):
                for item in items:
                    with draw("tr"):
                        with draw("th", scope="row"):
                            if is_case_number(item.order):
                                draw("a", item.order, href=f"{ROOT}/cases/{item.order}")
                            else:
                                draw("span", visit.say("delivery_live"))
                        draw("td", visit.say_or(f"event_{item.type.replace('.', '_')}", item.type))
                        with draw("td"):
                            state = "rejected" if item.outcome == "dead" else "submitted"
                            words = visit.say(f"outcome_{item.outcome}")
                            draw("span", words, f"state {state}")
                            draw("small", visit.say("delivery_reports", n=item.reports))
                        draw("td", item.reason or "–")
                        draw("td", wording.moment(visit, item.at, now), "figures")

    def _draw_subscribers(self, items: tuple[SubscriberOut, ...]) -> None:
        visit = self._visit
        with node("section", classes="sheet systems", aria_labelledby="systems"):
            node("h2", visit.say("systems_title"), id="systems")
            with node("table", classes="plain"):
                with node("thead"), node("tr"):
                    for key in ("name", "url", "pending", "dead"):
                        node("th", visit.say(f"systems_{key}"), scope="col")
                    node("td")
                with node("tbody"):
                    for item in items:
                        with node("tr"):
                            node("th", item.name, scope="row")
                            node("td", item.url)
                            node("td", str(item.pending), "figures")
                            node("td", str(item.dead), "figures")
                            with node("td"):
                                if item.dead:
                                    self._again(item)

    def _draw_dead(self, dead: tuple[tuple[SubscriberOut, WebhookDeliveryOut], ...]) -> None:
        visit = self._visit
        with node("section", classes="sheet systems", aria_labelledby="dead"):
            node("h2", visit.say("dead_title"), id="dead")
            node("p", visit.say("dead_hint"), "soft")
            with node("table", classes="plain"):
                with node("thead"), node("tr"):
                    for key in ("system", "case", "message", "attempts", "reason"):
                        node("th", visit.say(f"dead_{key}"), scope="col")
                    node("td")
                with node("tbody"):
                    for system, delivery in dead:
                        with node("tr"):
                            node("td", system.name)
                            with node("th", scope="row"):
                                if is_case_number(delivery.order):
                                    node("a", delivery.order, href=f"{ROOT}/cases/{delivery.order}")
                                else:
                                    node("span", visit.say("delivery_live"))
                            key = f"event_{delivery.type.replace('.', '_')}"
                            node("td", visit.say_or(key, delivery.type))
                            node("td", str(delivery.attempts), "figures")
                            node("td", delivery.error or "–")
                            with node("td"):
                                self._again(system, delivery)

    def _again(self, subscriber: SubscriberOut, letter: WebhookDeliveryOut | None = None) -> None:
        """Draw the button that replays one dead letter of a system, or all."""
        visit = self._visit
        words = visit.say("systems_again" if letter is None else "dead_again")
        key = subscriber.id if letter is None else f"{subscriber.id} {letter.event}"
        button = node("button", words, "quiet", type="button", data_key=key)
        order = Redeliver(events=() if letter is None else (letter.event,))

        async def again() -> None:
            context, actor = visit.context, await visit.actor()
            done = await context.database.run_long(
                redeliver, context.desk, actor, subscriber.id, order
            )
            visit.tell(visit.say("systems_again_done", n=done.count))
            await self._look()

        _clicked(visit, button, again)


def _clicked(visit: Visit, button: Element, act: Callable[[], Awaitable[None]]) -> None:
    async def clicked() -> None:
        await visit.attempt(act)

    button.on("click", clicked, js_handler="() => emit()")
