"""What the case service asks of others; `solvefirst/` fills these in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kernel.database.transaction import Transaction
from kernel.json import JSON


class FileMissing(LookupError):  # noqa: N818 - named for what is the case
    """There is no file of this name, or not all of it."""


class Files(Protocol):
    """Where the bytes of attachments are kept, under names that the caller makes up.

    A name is 8 to 64 of `a-z0-9`. The methods block: they are called in threads.
    """

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Keep a new file: whole and durable when this returns, not there when it raises."""
        ...

    def read(self, name: str) -> Iterator[bytes]:
        """Give a file piece by piece.

        Raises:
            FileMissing: at once when it is not there, later when its end is missing.
        """
        ...

    def delete(self, name: str) -> None:
        """Take a file away; one that is not there is no error."""
        ...

    def names_before(self, moment: datetime) -> Iterator[str]:
        """Name the files that were written before `moment`, half-written ones included."""
        ...


class Background(Protocol):
    """Runs long work in a process for jobs; `kernel.jobs.runs.Runs` is one."""

    def begin(self, tx: Transaction, task: str, payload: Mapping[str, JSON] | None = None) -> bool:
        """Begin a run with the transaction; `False` if one of its task waits already."""
        ...

    def again(self, tx: Transaction, id_: str) -> bool:
        """Run a failed or cancelled run again; `False` if it is neither."""
        ...

    def cancel(self, tx: Transaction, id_: str) -> bool:
        """Stop a run at its next step; `False` if it is over."""
        ...


class Masking(Protocol):
    """Takes personal data out of words: names, numbers, addresses, plates."""

    def __call__(self, words: str, known: Iterable[str] = ()) -> str:
        """Give `words` with all of it masked; `known` is masked wherever it stands in them."""
        ...


class Titling(Protocol):
    """Finds a short title in what a citizen said, out of their own words."""

    def __call__(self, words: str, *, known: Iterable[str], hints: Iterable[str]) -> str | None:
        """The title of `words`, at most 30 characters and without personal data; None for none.

        `known` is left out wherever it stands; `hints` are words of the category.
        """
        ...


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the case service is told of the model that guessed the categories of its cases.

    `version` names it; `mask` makes the words of a case fit to be learned from, `title` names what
    they are about.
    """

    version: str
    mask: Masking
    title: Titling
