"""What a use case about people is given of the service desk."""

from typing import Protocol

from api.catalogue.rules.catalogue import Catalogue
from kernel.clock import Clock
from kernel.ids import Ids
from kernel.privacy.crypto import Keyring


class Tools(Protocol):
    """The city, keys, clock and ids; `api.services.desk` has all four."""

    @property
    def catalogue(self) -> Catalogue:
        """Give the city."""
        ...

    @property
    def keyring(self) -> Keyring:
        """Give what seals personal data."""
        ...

    @property
    def clock(self) -> Clock:
        """Give the time."""
        ...

    @property
    def ids(self) -> Ids:
        """Give identifiers and secrets."""
        ...
