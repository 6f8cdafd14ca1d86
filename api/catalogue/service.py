"""Convert the catalogue to the wire format for the citizen's side."""

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.categories import CaseCategory
from api.catalogue.rules.details import CategoryDetail
from api.catalogue.rules.texts import Text, TextVariants
from api.contract import (
    CatalogueOut,
    Category,
    CategoryRef,
    Choice,
    CityOut,
    DetailDefinition,
    Exclusion,
    FirstLevel,
    Hotline,
    Limit,
    Names,
    Texts,
    UnitOut,
)


def view(catalogue: Catalogue) -> CatalogueOut:
    """Convert the catalogue without units and territory."""
    city = catalogue.city
    return CatalogueOut(
        version=catalogue.version,
        city=CityOut(code=city.code, names=names(city.names)),
        hotline=Hotline(names=names(city.hotline_names), number=city.hotline_number),
        first_level=tuple(
            FirstLevel(code=first.code, names=names(first.names))
            for first in catalogue.first_level.values()
        ),
        categories=tuple(_category(category) for category in catalogue.categories.values()),
        details={key: _detail(detail) for key, detail in catalogue.details.items()},
        exclusions=tuple(
            Exclusion(
                code=exclusion.key,
                names=names(exclusion.names),
                words=_texts(exclusion.words),
                reason=names(exclusion.reason),
                door=names(exclusion.door),
            )
            for exclusion in catalogue.exclusions.values()
        ),
    )


def _category(category: CaseCategory) -> Category:
    return Category(
        code=category.code,
        parent=category.parent,
        names=names(category.names),
        words=_texts(category.words),
        required=category.required,
        optional=category.optional,
        unit_type=category.unit_type,
        limit=Limit(amount=category.limit.amount, unit=category.limit.unit.value),
        urgency=category.urgency.value,
        hint=names(category.hint),
    )


def _detail(detail: CategoryDetail) -> DetailDefinition:
    return DetailDefinition(
        key=detail.key,
        type=detail.type.value,
        names=names(detail.names),
        prompts=_texts(detail.prompts),
        choices=tuple(
            Choice(value=choice.key, names=names(choice.names)) for choice in detail.choices
        ),
    )


def _texts(texts: TextVariants) -> Texts:
    return Texts(zh=texts.zh, en=texts.en)


def names(text: Text) -> Names:
    """Convert a name of the catalogue to `Names` of the contract, in both languages."""
    return Names.model_construct(zh=text.zh, en=text.en)


def category_ref(catalogue: Catalogue, code: str) -> CategoryRef:
    """Convert a category; a category that was removed is shown by its code."""
    found = catalogue.categories.get(code)
    known = found.names if found else Text(code, code)
    return CategoryRef.model_construct(code=code, names=names(known))


def unit_out(catalogue: Catalogue, code: str | None) -> UnitOut | None:
    """Convert a unit; a unit that was removed is shown by its code."""
    if code is None:
        return None
    found = catalogue.units.get(code)
    if found is None:
        return UnitOut(code=code, names=Names(zh=code, en=code))
    return UnitOut.model_construct(
        code=found.code,
        names=names(found.names),
        phone=found.phone,
        example_phone=found.phone_is_example,
    )
