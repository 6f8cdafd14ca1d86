"""Port with the dependencies of use cases about people."""

from typing import Protocol

from api.catalogue.rules.catalogue import Catalogue
from kernel.clock import Clock
from kernel.ids import Ids
from kernel.privacy.crypto import Keyring


class Tools(Protocol):
    """The catalogue, keys, clock and ids; `api.services.desk` implements it."""

    @property
    def catalogue(self) -> Catalogue:
        """Return the city's catalogue."""
        ...

    @property
    def keyring(self) -> Keyring:
        """Return the keys that encrypt personal data."""
        ...

    @property
    def clock(self) -> Clock:
        """Return the clock."""
        ...

    @property
    def ids(self) -> Ids:
        """Return the maker of identifiers and secrets."""
        ...
