"""The catalogue as the citizen's side reads it."""

from api.contract import (
    CatalogueOut,
    Category,
    Choice,
    CityOut,
    DetailDefinition,
    Exclusion,
    FirstLevel,
    Hotline,
    Limit,
    Texts,
)
from api.domain import catalogue as domain
from api.domain.actor import Actor
from api.domain.permissions import Action, authorize
from api.services.views import names


def check_reader(actor: Actor) -> None:
    """Check that the actor may read the catalogue.

    Raises:
        Forbidden: the actor may not.
    """
    authorize(actor, Action.READ_CATALOGUE)


def view(catalogue: domain.Catalogue) -> CatalogueOut:
    """Show what the hotline takes and asks. Units and territory are not part of it."""
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


def _category(category: domain.CaseCategory) -> Category:
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


def _detail(detail: domain.CategoryDetail) -> DetailDefinition:
    return DetailDefinition(
        key=detail.key,
        type=detail.type.value,
        names=names(detail.names),
        prompts=_texts(detail.prompts),
        choices=tuple(
            Choice(value=choice.key, names=names(choice.names)) for choice in detail.choices
        ),
    )


def _texts(texts: domain.TextVariants) -> Texts:
    return Texts(zh=texts.zh, en=texts.en)
