"""Which model of understanding a process opens: the current version, or the last good one."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import structlog

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.territory import territory_export
from api.ports import Understanding
from kernel.clock import SHANGHAI, Clock
from kernel.privacy.redaction import MASK as REDACTED
from kernel.privacy.redaction import redact_text
from nlu.component import SolveFirstNLU
from nlu.extract import Extractor
from nlu.extract.places.gazetteer import Gazetteer, areas_of
from nlu.serve.embedded import Remembering
from nlu.serve.masking import MASK, Masker
from nlu.serve.title import title as title_in
from nlu.serve.understanding import MODEL
from nlu.serve.versions import SHIPPED, Versions, VersionUnknown
from solvefirst.project import ROOT
from solvefirst.settings import Settings

COMPONENT = f"{SolveFirstNLU.__module__}.{SolveFirstNLU.__name__}"
Parse = Callable[[str], Awaitable[Mapping[str, Any]]]
"""Understands one message."""

_TITLED = 500
"""Characters of a text that a title is looked for in."""

_log = structlog.get_logger(__name__)


def versions(settings: Settings, shipped: Path = MODEL) -> Versions:
    """The versions of a city; `shipped` is the model that the project names."""
    return Versions(settings.var / "nlu", shipped)


def loaders(settings: Settings, clock: Clock) -> Mapping[str, Callable[[Mapping[str, Any]], Parse]]:
    """Our component, loaded with the model of the current version.

    A version that cannot be opened is told in the log, and the last good one before it serves.
    Its second stage is loaded after the start, unless settings or config.yml switch it off.
    """

    def load(options: Mapping[str, Any]) -> Parse:
        named = options.get("model")
        # Joined to the project, as what it names must not depend on the working folder.
        shipped = (settings.project or ROOT) / named if named else MODEL
        known = versions(settings, shipped)
        opened = known.open()
        for name, why in opened.refused:
            _log.error("model_refused", version=name, reason=why, serving=opened.name)
        _log.info("model_opened", version=opened.name)
        if settings.embeddings and options.get("embeddings", True):
            opened.understanding.load_second_later(known.path(opened.name))
        return SolveFirstNLU(
            opened.understanding, lambda: clock.now().astimezone(SHANGHAI)
        ).parse_async

    return {COMPONENT: load}


def serving(settings: Settings) -> Path:
    """The folder of the version that is to serve; the shipped model's when it is gone."""
    known = versions(settings)
    try:
        return known.path(known.current())
    except VersionUnknown:
        return MODEL


def behind_cases(settings: Settings, catalogue: Catalogue) -> Understanding:
    """What the case service is told of the model: its version, how words are masked and named."""

    @cache
    def masker() -> Masker:
        # When first needed: a gazetteer takes its time, and starts must be quick.
        areas = territory_export(catalogue.territory)["areas"]
        return Masker(Extractor(Gazetteer(areas_of(areas))))

    def mask(words: str, known: Iterable[str] = ()) -> str:
        return redact_text(masker()(words, known)).replace(REDACTED, MASK)

    def title(words: str, *, known: Iterable[str], hints: Iterable[str]) -> str | None:
        masked = masker()(words[:_TITLED], known, places=False)
        return title_in(redact_text(masked).replace(REDACTED, MASK), hints)

    return Understanding(versions(settings).current(), mask, title)


def embedder(settings: Settings) -> Remembering | None:
    """The embedder that trains the second stage, if it is installed and not switched off."""
    return Remembering.beside(settings.var / "nlu") if settings.embeddings else None


def folder_of(model: str | None, settings: Settings) -> Path:
    """The folder of a model that is named by its version or its path; the shipped one for `None`.

    Raises:
        VersionUnknown: it is neither.
    """
    known = versions(settings)
    if model is None or model in known.names():
        return known.path(model or SHIPPED)
    if not Path(model).is_dir():
        raise VersionUnknown(
            f"{model} is neither a folder nor a version; versions are {', '.join(known.names())}"
        )
    return Path(model)
