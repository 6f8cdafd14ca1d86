"""Draw the static parts of a page as one piece of markup.

A NiceGUI element costs the server memory while the page is open, and a queue has hundreds of them.
Parts without server events are therefore drawn: built as a small tree, written once with every text
and attribute escaped, and then released.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from html import escape
from types import TracebackType
from typing import Self

from nicegui import ui

_EMPTY = frozenset({"img", "input", "br", "hr"})
_open: ContextVar[list["Drawn"] | None] = ContextVar("open_drawing", default=None)


class Drawn:
    """One element of a drawing; elements drawn inside its context become its children."""

    def __init__(self, tag: str, text: str | None, attributes: dict[str, object]) -> None:
        self._tag = tag
        self._text = text
        self._attributes = attributes
        self._children: list[Drawn] = []
        stack = _open.get()
        if stack is None:
            raise RuntimeError("drawn outside of a drawing")
        if stack:
            stack[-1].take(self)

    def __enter__(self) -> Self:
        stack = _open.get()
        if stack is None:
            raise RuntimeError("drawn outside of a drawing")
        stack.append(self)
        return self

    def take(self, child: "Drawn") -> None:
        """Append a child."""
        self._children.append(child)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stack = _open.get()
        if stack:
            stack.pop()

    def write(self, into: list[str]) -> None:
        """Write the element as markup; all texts and attributes are escaped."""
        into.append(f"<{self._tag}")
        for name, value in self._attributes.items():
            into.append(f' {name}="{escape(str(value), quote=True)}"')
        into.append(">")
        if self._tag in _EMPTY:
            return
        if self._text is not None:
            into.append(escape(self._text))
        for child in self._children:
            child.write(into)
        into.append(f"</{self._tag}>")

    def inside(self) -> str:
        """Return the markup of the children."""
        parts: list[str] = []
        for child in self._children:
            child.write(parts)
        return "".join(parts)


def draw(tag: str, text: str | None = None, classes: str = "", **attributes: object) -> Drawn:
    """Draw an element.

    Underscores in an attribute's name become hyphens, and a trailing one is removed (`for_`).
    Attributes with the value None or False are left out.
    """
    given = {"class": classes, **attributes} if classes else attributes
    kept = {
        name.rstrip("_").replace("_", "-"): value
        for name, value in given.items()
        if value is not None and value is not False
    }
    return Drawn(tag, text, kept)


class Canvas:
    """A place on a page that shows a drawing and can be redrawn."""

    def __init__(self) -> None:
        self._element = ui.html("", sanitize=False).classes("slot")

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Replace the content by the elements drawn inside."""
        token = _open.set([])
        try:
            with draw("div") as root:
                yield
        finally:
            _open.reset(token)
        self._element.set_content(root.inside())
