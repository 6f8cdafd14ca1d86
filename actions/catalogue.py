"""Query the catalogue for the dialogue: details to ask for, names of categories and details."""

from collections.abc import Iterable

from actions.context import services
from actions.phrases import names_one, phrases
from api.contract import CatalogueOut, Category, DetailDefinition, Exclusion

HAPPENED = "happened"
CONTACT = "contact"
DEMAND = "demand"
OTHER_PARENT = "99"
_BRIEF = {"consult": (), "suggestion": ("place",), "praise": ("place",)}
"""Kinds with few questions: the details asked besides what happened, if the category has them."""


class DialogueCatalogue:
    """One version of a city's catalogue."""

    def __init__(self, catalogue: CatalogueOut) -> None:
        self.catalogue = catalogue
        self.details = catalogue.details
        self._categories = {category.code: category for category in catalogue.categories}
        self._other = next(
            (category.code for category in catalogue.categories if category.parent == OTHER_PARENT),
            None,
        )

    def category(self, code: object) -> Category | None:
        """Return the category `code`; `None` for any value that is not a code of this city."""
        return self._categories.get(code) if isinstance(code, str) else None

    @property
    def hotline(self) -> str:
        """Telephone number of the hotline, where staff answer."""
        return self.catalogue.hotline.number

    @property
    def other(self) -> str | None:
        """The category for matters that fit no other, if the city has one."""
        return self._other

    def parent(self, code: str | None) -> str | None:
        """Return the first-level code of the category `code`."""
        category = self.category(code)
        return category.parent if category else None

    def category_name(self, code: str | None, language: str) -> str:
        """Return the category's name; its code when the city has removed the category."""
        category = self.category(code)
        return category.names.in_language(language) if category else code or ""

    def definition(self, key: str) -> DetailDefinition | None:
        """Return the definition of the detail `key`."""
        return self.details.get(key)

    def name(self, key: str, language: str) -> str:
        """Return the name of the detail `key`."""
        definition = self.definition(key)
        return definition.names.in_language(language) if definition else key

    def names(self, keys: Iterable[str], language: str) -> list[str]:
        """Return the names of the details `keys`."""
        return [self.name(key, language) for key in keys]

    def wanted(self, kind: str | None, category: str | None) -> list[str]:
        """Return the details to ask for, in order: what happened first, the contact last.

        Photos are accepted at any time and not asked for.
        """
        found = self.category(category)
        required = found.required if found else ()
        if kind in _BRIEF:
            return [HAPPENED, *(key for key in _BRIEF[kind] if key in required)]
        middle = [
            key
            for key in required
            if key not in (HAPPENED, CONTACT)
            and key in self.details
            and self.details[key].type not in ("photo", "contact")
        ]
        return [HAPPENED, *middle, CONTACT]

    def takes(self, kind: str | None, category: str | None) -> list[str]:
        """Return the details that are stored when given: required and optional ones."""
        found = self.category(category)
        wanted = self.wanted(kind, category)
        optional = found.optional if found else ()
        return [*wanted, *(key for key in optional if key not in wanted and key in self.details)]

    def mentioned(self, text: str, keys: Iterable[str]) -> str | None:
        """Return the detail of `keys` that `text` names; `category` counts as a detail."""
        for key in keys:
            definition = self.definition(key)
            names = (definition.names.zh, definition.names.en) if definition else ()
            if names_one(text, names):
                return key
        return next((key for key in keys if names_one(text, phrases.aliases.get(key, ()))), None)

    def exclusion(self, text: str) -> Exclusion | None:
        """Return the exclusion (a matter that is not accepted) that `text` is about."""
        return next(
            (
                exclusion
                for exclusion in self.catalogue.exclusions
                if names_one(text, (*exclusion.words.zh, *exclusion.words.en))
            ),
            None,
        )

    def substantial(self, text: str, category: str | None) -> bool:
        """Return whether `text` describes the matter, and does not only name it."""
        found = self.category(category)
        names = (found.names.zh, found.names.en, *found.words.zh, *found.words.en) if found else ()
        return phrases.substantial(text, names)


async def dialogue_catalogue() -> DialogueCatalogue:
    """Return the current catalogue.

    Raises:
        ApiUnavailable: it was never read and cannot be read now.
    """
    return _book(await services().client.catalogue())


_bound: dict[str, DialogueCatalogue] = {}


def _book(catalogue: CatalogueOut) -> DialogueCatalogue:
    """Wrap each version once; the cache drops the old version when a new one comes."""
    if catalogue.version not in _bound:
        _bound.clear()
        _bound[catalogue.version] = DialogueCatalogue(catalogue)
    return _bound[catalogue.version]
