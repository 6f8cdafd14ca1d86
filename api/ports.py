"""Ports of the case service; `solvefirst/` provides the adapters."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kernel.database.transaction import Transaction
from kernel.json import JSON


class FileMissing(LookupError):  # noqa: N818 - named for what is the case
    """The file does not exist or is incomplete."""


class Files(Protocol):
    """Storage of attachments, under names that the caller chooses.

    A name is 8 to 64 of `a-z0-9`. The methods block: they are called in threads.
    """

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Store a new file atomically: durable on return, not stored when it raises."""
        ...

    def read(self, name: str) -> Iterator[bytes]:
        """Yield a file in chunks.

        Raises:
            FileMissing: at once when it does not exist, later when its end is missing.
        """
        ...

    def delete(self, name: str) -> None:
        """Delete a file, if it exists."""
        ...

    def names_before(self, moment: datetime) -> Iterator[str]:
        """Yield the names of files written before `moment`, including incomplete ones."""
        ...


class Background(Protocol):
    """Port of background jobs; `kernel.jobs.runs.Runs` implements it."""

    def begin(self, tx: Transaction, task: str, payload: Mapping[str, JSON] | None = None) -> bool:
        """Enqueue a run in the transaction; `False` if a run of its task waits already."""
        ...

    def again(self, tx: Transaction, id_: str) -> bool:
        """Run a failed or cancelled run again; `False` if it is neither."""
        ...

    def cancel(self, tx: Transaction, id_: str) -> bool:
        """Cancel a run: it stops at its next step. `False` if it has ended."""
        ...


class Masking(Protocol):
    """Masks personal data in words: names, numbers, addresses, plates."""

    def __call__(self, words: str, known: Iterable[str] = ()) -> str:
        """Return `words` with personal data masked; `known` is masked wherever it occurs."""
        ...


class Titling(Protocol):
    """Finds a short title in a citizen's own words."""

    def __call__(self, words: str, *, known: Iterable[str], hints: Iterable[str]) -> str | None:
        """Return the title of `words`, at most 30 characters, without personal data; None if none.

        `known` is left out wherever it occurs; `hints` are words of the category.
        """
        ...


@dataclass(frozen=True, slots=True)
class Understanding:
    """Access of the case service to the model that guesses categories.

    `version` names it; `mask` prepares the words of a case for training, `title` makes its title.
    """

    version: str
    mask: Masking
    title: Titling
