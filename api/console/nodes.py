"""Plain HTML elements over NiceGUI's: the pages use none of the ready-made widgets.

Text is given to the browser as text, never as markup, so that a citizen's words cannot become any.
"""

from nicegui import ui
from nicegui.element import Element


class Node(Element):
    """One HTML element with text in it."""

    def __init__(self, tag: str, text: str | None) -> None:
        super().__init__(tag)
        self._text = text


def node(tag: str, text: str | None = None, classes: str = "", **attributes: object) -> Element:
    """Make an element where the context stands.

    An attribute's underscores become hyphens, and one at its end goes (`for_`); those that are
    None or False are left out.
    """
    element = Node(tag, text)
    if classes:
        element.classes(classes)
    for name, value in attributes.items():
        if value is not None and value is not False:
            element.props[name.rstrip("_").replace("_", "-")] = value
    return element


def link(text: str, href: str, classes: str = "", **attributes: object) -> Element:
    """Make a link."""
    return node("a", text, classes, href=href, **attributes)


def slot() -> Element:
    """Make a place that is filled again and again; it has no box of its own."""
    return ui.element("div").classes("slot")
