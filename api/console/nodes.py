"""Make plain HTML elements with NiceGUI; the pages use none of its widgets.

Text is sent to the browser as text and never as markup, so that a citizen's words cannot inject
any.
"""

from nicegui import ui
from nicegui.element import Element


class Node(Element):
    """One HTML element with text."""

    def __init__(self, tag: str, text: str | None) -> None:
        super().__init__(tag)
        self._text = text


def node(tag: str, text: str | None = None, classes: str = "", **attributes: object) -> Element:
    """Make an element in the current context.

    Underscores in an attribute's name become hyphens, and a trailing one is removed (`for_`).
    Attributes with the value None or False are left out.
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
    """Make a place whose content is replaced repeatedly; it has no box of its own."""
    return ui.element("div").classes("slot")
