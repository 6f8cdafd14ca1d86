"""Show `/console/audit`: the append-only log of access to personal data, for administrators.

The address has the filters: `number` of the case, and `before` the entry with that id.
"""

from collections.abc import Sequence

from api.console.context import ROOT
from api.console.fields import Fields
from api.console.frame import frame
from api.console.nodes import link, node
from api.console.view import wording
from api.console.visit import Visit
from api.people.rules.staff import Staff
from api.people.service.audit import AUDIT_PAGE, audited
from api.people.store.audit import AuditEntry

_WAY = "nav_audit"


class AuditScreen:
    """The page of one visitor. It is static: new entries are shown after a reload."""

    def __init__(self, visit: Visit, staff: Staff) -> None:
        self._visit = visit
        self._staff = staff

    async def build(self) -> None:
        """Build the page.

        Raises:
            Forbidden: the visitor is no administrator.
        """
        visit = self._visit
        context, query = visit.context, visit.query
        entries = await context.database.read(
            audited,
            context.desk,
            await visit.actor(),
            number=query.get("number") or None,
            before=query.get("before") or None,
        )
        with frame(visit, self._staff, visit.say("audit_title"), _WAY):
            with node("div", classes="title"), node("div"):
                node("h1", visit.say("audit_title"))
                node("p", visit.say("audit_hint"), "soft")
            self._search()
            self._draw(entries)

    def _search(self) -> None:
        visit = self._visit
        # A plain GET form: the page is loaded again with its field in the address.
        with node("form", classes="filters", role="search", method="get", action=visit.path):
            fields = Fields(visit, "audit")
            number = visit.query.get("number", "")
            fields.line("number", visit.say("audit_number"), required=False, value=number[:32])
            node("button", visit.say("audit_show"), "quiet", type="submit")

    def _draw(self, entries: Sequence[AuditEntry]) -> None:
        visit = self._visit
        if not entries:
            with node("div", classes="nothing"):
                node("img", src=f"{ROOT}/static/seal.svg", alt="", width="48", height="48")
                node("h2", visit.say("audit_none"))
                node("p", visit.say("audit_none_hint"))
            return
        now = visit.context.desk.clock.now()
        with node("table", classes="queue"):
            with node("thead"), node("tr"):
                for key in ("at", "who", "action", "case"):
                    node("th", visit.say(f"audit_{key}"), scope="col")
            with node("tbody"):
                for entry in entries:
                    with node("tr"):
                        node("td", wording.moment(visit, entry.at, now), "figures")
                        with node("th", scope="row"):
                            node("span", entry.actor_name or entry.actor_id)
                            node(
                                "small", visit.say_or(f"role_{entry.actor_role}", entry.actor_role)
                            )
                        key = f"audit_{entry.action.replace('.', '_')}"
                        node("td", visit.say_or(key, entry.action))
                        node("td", entry.number or "–", "figures")
        if len(entries) == AUDIT_PAGE:
            with node("p", classes="more"):
                link(visit.say("audit_older"), visit.address({"before": entries[-1].id}), "button")
