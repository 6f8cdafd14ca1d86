"""Draw the frame of every page: the header with navigation, and our stylesheet."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from api.console.context import ROOT, STATIC
from api.console.nodes import link, node
from api.console.view.navigation import ways
from api.console.visit import Visit
from api.people.rules.actor import Role
from api.people.rules.staff import Staff

_HTML_LANG = {"zh": "zh-CN", "en": "en"}


def _version(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:8]


_HEAD = "\n".join(
    (
        f'<link rel="stylesheet" href="{ROOT}/static/console.css?{_version("console.css")}">',
        f'<script src="{ROOT}/static/console.js?{_version("console.js")}" defer></script>',
        '<meta name="robots" content="noindex">',
    )
)


@contextmanager
def frame(visit: Visit, staff: Staff, title: str, here: str) -> Iterator[None]:
    """Set up the page; elements built inside are below its header.

    Args:
        visit: the page.
        staff: the reader.
        title: the window's title; the page has its own heading.
        here: the words' key of the current navigation entry.
    """
    _head(visit, title)
    with visit.client.layout:
        header = node("header", classes="head")
        header.move(target_index=0)
        with header:
            link(visit.say("skip"), "#page", "skip")
            with node("a", classes="brand", href=f"{ROOT}/"):
                node("img", src=f"{ROOT}/static/seal.svg", alt="", width="34", height="34")
                with node("span"):
                    node("b", visit.say("product"))
                    city = visit.context.desk.catalogue.city
                    node("small", f"{visit.name(city.names)} · {visit.say('console')}")
            with node("nav", aria_label=visit.say("nav")):
                for key, path in ways(staff):
                    current = "page" if key == here else None
                    link(visit.say(key), path, aria_current=current, data_key=key)
            _person(visit, staff)
    with node("div", classes="page", id="page", tabindex="-1"):
        yield
    node("div", classes="tell", id="tell", role="status", aria_live="polite")


def _head(visit: Visit, title: str) -> None:
    ui.page_title(f"{title} · {visit.say('product')}")
    language = _HTML_LANG[visit.language]
    lost = visit.say("connection_lost").replace('"', "").replace("<", "")
    ui.add_head_html(
        f'<script>document.documentElement.lang = "{language}"</script>{_HEAD}'
        f'<style>#popup::after {{ content: "{lost}" }}</style>'
    )


def _person(visit: Visit, staff: Staff) -> None:
    with node("div", classes="person"):
        with node("p"):
            node("b", staff.name)
            node("small", _place(visit, staff))
        other, address = visit.other_language()
        tongue = visit.context.texts.words("language_name", other)
        lang = _HTML_LANG[other]
        link(tongue, address, "tongue", lang=lang, hreflang=lang)
        with node("form", method="post", action=f"{ROOT}/sign-out"):
            node("button", visit.say("sign_out"), "quiet", type="submit")


def _place(visit: Visit, staff: Staff) -> str:
    unit = visit.context.desk.catalogue.units.get(staff.unit or "")
    if staff.role is Role.UNIT and unit is not None:
        return visit.name(unit.names)
    return visit.say(f"role_{staff.role}")
