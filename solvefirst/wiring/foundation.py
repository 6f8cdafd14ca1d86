"""Open what every part of a process needs: settings, stores, catalogue, clock, keys."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.process_collector import ProcessCollector

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from bot.texts import LANGUAGES, CitizenTexts
from kernel.bell.local import LocalBell
from kernel.bell.port import Bell
from kernel.clock import Clock, SystemClock
from kernel.ids import Ids, RandomIds
from kernel.limiter.local import LocalLimiter
from kernel.limiter.port import Limiter
from kernel.privacy.crypto import Keyring
from kernel.supervisor import Supervisor
from solvefirst import secrets
from solvefirst.settings import Settings
from solvefirst.stores import Stores


class NotConfigured(Exception):  # noqa: N818 - named for the state it tells of
    """A required setting or the tables of this kind of process are missing."""


@dataclass(frozen=True, slots=True)
class Foundation:
    """Shared dependencies of all parts of a process."""

    settings: Settings
    stores: Stores
    catalogue: Catalogue
    clock: Clock
    ids: Ids
    keyring: Keyring
    bell: Bell
    limiter: Limiter
    supervisor: Supervisor
    service_token: str
    metrics: CollectorRegistry

    @classmethod
    def lay(cls, settings: Settings) -> "Foundation":
        """Open the stores, catalogue and keys that the settings name.

        Raises:
            api.catalogue.store.loading.CatalogueInvalid: the catalogue has mistakes, all named.
            ValueError: a URL or a key is invalid.
        """
        clock = SystemClock()
        supervisor = Supervisor(clock)
        return cls(
            settings=settings,
            stores=Stores.open(settings),
            catalogue=load_catalogue(settings.catalogue or shipped_catalogue()),
            clock=clock,
            ids=RandomIds(),
            keyring=Keyring.from_setting(secrets.secret_key(settings)),
            bell=_bell(settings.redis_url, clock, supervisor),
            limiter=_limiter(settings.redis_url),
            supervisor=supervisor,
            service_token=secrets.service_token(settings),
            metrics=_metrics(),
        )

    def texts(self) -> CitizenTexts:
        """Read the words that are sent without the dialogue engine, with this city's name."""
        city = self.catalogue.city
        return CitizenTexts.load(
            common={
                language: {"city": city.names.get(language), "hotline": city.hotline_number}
                for language in LANGUAGES
            }
        )


def _metrics() -> CollectorRegistry:
    """Make the registry of this process's counters; the library's default is shared."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


def _bell(redis_url: str | None, clock: Clock, supervisor: Supervisor) -> Bell:
    if not redis_url:
        return LocalBell(clock)
    from kernel.bell.valkey import ValkeyBell  # noqa: PLC0415 - redis, only for a fleet

    return ValkeyBell(redis_url, clock, supervisor=supervisor)


def _limiter(redis_url: str | None) -> Limiter:
    if not redis_url:
        return LocalLimiter()
    from kernel.limiter.valkey import ValkeyLimiter  # noqa: PLC0415 - redis, only for a fleet

    return ValkeyLimiter(redis_url)
