"""Refusals of keys that the catalogue does not have."""

from api.errors import Invalid


class CategoryUnknown(Invalid):
    """The catalogue has no such second-level category."""

    code = "category_unknown"


class UnitUnknown(Invalid):
    """The catalogue has no such unit."""

    code = "unit_unknown"


class ExclusionUnknown(Invalid):
    """The catalogue has no such exclusion."""

    code = "exclusion_unknown"


class DetailUnknown(Invalid):
    """The catalogue has no such detail."""

    code = "detail_unknown"
