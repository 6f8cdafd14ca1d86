"""What staff filed anew: seen by pairs of categories, and as words to learn from."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from nlu.examples import Word

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Filed:
    """Words that were filed under `before`, and under `after` by staff."""

    words: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Confused:
    """How often staff filed `after` what was under `before`, with the newest words."""

    before: str
    after: str
    times: int
    examples: tuple[str, ...]


def confusions(filed: Iterable[Filed]) -> list[Confused]:
    """What staff filed anew, by pair of categories, the most frequent first."""
    pairs: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for case in filed:
        pairs[case.before, case.after].append(case.words)
    found = [
        Confused(before, after, len(words), tuple(reversed(words[-EXAMPLES:])))
        for (before, after), words in pairs.items()
    ]
    return sorted(
        found, key=lambda confusion: (-confusion.times, confusion.before, confusion.after)
    )


def words_of(filed: Iterable[Filed], known: Iterable[str]) -> tuple[list[Word], tuple[str, ...]]:
    """What is learned of corrections, and categories that have no sentence to begin with.

    Of the same words filed twice the newer counts. They teach the category alone: staff have not
    said that the kind of request was wrong.
    """
    last = {case.words: case.after for case in filed if any(map(str.isalnum, case.words))}
    there = set(known)
    unknown = {after for after in last.values() if after not in there}
    words = [Word(text, "category", after) for text, after in last.items() if after in there]
    return words, tuple(sorted(unknown))
