"""The format of details.yml, categories/*.yml and exclusions.yml."""

from typing import Annotated, Literal

from pydantic import (
    Field,
    StringConstraints,
    model_validator,
)

from api.catalogue.rules.categories import ExcludedMatter, Raise, Urgency
from api.catalogue.rules.details import CategoryDetail, DetailChoice, DetailType
from api.catalogue.rules.texts import TextVariants
from api.catalogue.store.part import FilePart, problem
from api.catalogue.store.values import Bilingual, CategoryCode, Key, Keys, Prompts, Span, Words


class DetailPart(FilePart):
    """One entry of details.yml."""

    type: DetailType
    names: Bilingual
    prompts: Prompts
    choices: dict[Key, Bilingual] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _choices_where_due(self) -> "DetailPart":
        if self.type is DetailType.CHOICE and len(self.choices) < 2:
            raise problem(
                f"a detail of type choice with {len(self.choices)} choices",
                "at least two entries under 'choices', each with zh and en",
            )
        if self.type is not DetailType.CHOICE and self.choices:
            raise problem(
                f"choices on a detail of type {self.type}", "'type: choice', or no choices"
            )
        return self

    def definition(self, key: str) -> CategoryDetail:
        """As the domain holds it."""
        return CategoryDetail(
            key=key,
            type=self.type,
            names=self.names.text(),
            prompts=TextVariants(tuple(self.prompts.zh), tuple(self.prompts.en)),
            choices=tuple(DetailChoice(k, v.text()) for k, v in self.choices.items()),
        )


class RaisePart(FilePart):
    """Rule that raises the urgency from a number on."""

    detail: Key
    at_least: Annotated[int, Field(ge=1)]
    urgency: Literal["urgent", "extreme"]

    def rule(self) -> Raise:
        """As the domain holds it."""
        return Raise(self.detail, self.at_least, Urgency(self.urgency))


class CategoryPart(FilePart):
    """One second-level category. Missing values are taken from the head of its file."""

    names: Bilingual
    words: Words
    required: Keys
    optional: Keys = Field(default_factory=list)
    hint: Bilingual
    unit_type: Key | None = None
    department: Key | None = None
    limit: Span | None = None
    urgency: Urgency = Urgency.NORMAL
    raises: RaisePart | None = None
    evidence: bool = False


class CategoriesFile(FilePart):
    """categories/*.yml: one first-level category and all below it."""

    code: Annotated[str, StringConstraints(pattern=r"^\d{2}$")]
    names: Bilingual
    unit_type: Key | None = None
    department: Key | None = None
    limit: Span | None = None
    categories: Annotated[dict[CategoryCode, CategoryPart], Field(min_length=1)]


class ExclusionPart(FilePart):
    """One matter that is not accepted, and the right office."""

    names: Bilingual
    words: Words
    reason: Bilingual
    door: Bilingual

    def exclusion(self, key: str) -> ExcludedMatter:
        """As the domain holds it."""
        return ExcludedMatter(
            key, self.names.text(), self.words.texts(), self.reason.text(), self.door.text()
        )


class ExclusionsFile(FilePart):
    """exclusions.yml."""

    exclusions: dict[Key, ExclusionPart]


class DetailsFile(FilePart):
    """details.yml."""

    details: Annotated[dict[Key, DetailPart], Field(min_length=1)]
