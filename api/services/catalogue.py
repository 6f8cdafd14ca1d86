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
            FirstLevel(code=one.code, names=names(one.names))
            for one in catalogue.first_level.values()
        ),
        categories=tuple(_category(one) for one in catalogue.categories.values()),
        details={key: _detail(one) for key, one in catalogue.details.items()},
        exclusions=tuple(
            Exclusion(
                code=one.key,
                names=names(one.names),
                words=_texts(one.words),
                reason=names(one.reason),
                door=names(one.door),
            )
            for one in catalogue.exclusions.values()
        ),
    )


def _category(category: domain.Category) -> Category:
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


def _detail(detail: domain.DetailDefinition) -> DetailDefinition:
    return DetailDefinition(
        key=detail.key,
        type=detail.type.value,
        names=names(detail.names),
        prompts=_texts(detail.prompts),
        choices=tuple(Choice(value=one.key, names=names(one.names)) for one in detail.choices),
    )


def _texts(texts: domain.Texts) -> Texts:
    return Texts(zh=texts.zh, en=texts.en)
