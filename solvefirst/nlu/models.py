"""Open the model of understanding for a process: the current version, or the last good one."""

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
"""Characters of a text in which a title is searched."""

_log = structlog.get_logger(__name__)


def versions(settings: Settings, shipped: Path = MODEL) -> Versions:
    """Return the versions of a city; `shipped` is the model that the project names."""
    return Versions(settings.var / "nlu", shipped)


def loaders(settings: Settings, clock: Clock) -> Mapping[str, Callable[[Mapping[str, Any]], Parse]]:
    """Return the loader of our component with the model of the current version.

    A version that cannot be opened is logged, and the last good one before it is used.
    """

    def load(options: Mapping[str, Any]) -> Parse:
        named = options.get("model")
        # Relative to the project, so that it does not depend on the working folder.
        shipped = (settings.project or ROOT) / named if named else MODEL
        known = versions(settings, shipped)
        opened = known.open()
        for name, why in opened.refused:
            _log.error("model_refused", version=name, reason=why, serving=opened.name)
        _log.info("model_opened", version=opened.name)
        return SolveFirstNLU(
            opened.understanding, lambda: clock.now().astimezone(SHANGHAI)
        ).parse_async

    return {COMPONENT: load}


def serving(settings: Settings) -> Path:
    """Return the folder of the version in service; the shipped model's if it is missing."""
    known = versions(settings)
    try:
        return known.path(known.current())
    except VersionUnknown:
        return MODEL


def behind_cases(settings: Settings, catalogue: Catalogue) -> Understanding:
    """Make the case service's access to the model: its version, masking of words, titles."""

    @cache
    def masker() -> Masker:
        # At first use: loading a gazetteer takes time, and starts must be quick.
        areas = territory_export(catalogue.territory)["areas"]
        return Masker(Extractor(Gazetteer(areas_of(areas))))

    def mask(words: str, known: Iterable[str] = ()) -> str:
        return redact_text(masker()(words, known)).replace(REDACTED, MASK)

    def title(words: str, *, known: Iterable[str], hints: Iterable[str]) -> str | None:
        masked = masker()(words[:_TITLED], known, places=False)
        return title_in(redact_text(masked).replace(REDACTED, MASK), hints)

    return Understanding(versions(settings).current(), mask, title)


def folder_of(model: str | None, settings: Settings) -> Path:
    """Return the folder of a model by its version or path; the shipped one for `None`.

    Raises:
        VersionUnknown: it is neither a version nor a folder.
    """
    known = versions(settings)
    if model is None or model in known.names():
        return known.path(model or SHIPPED)
    if not Path(model).is_dir():
        raise VersionUnknown(
            f"{model} is neither a folder nor a version; versions are {', '.join(known.names())}"
        )
    return Path(model)
