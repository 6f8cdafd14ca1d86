"""Summarise staff's corrections of categories: by pairs, and as training words."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from nlu.examples import Word

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class FiledWords:
    """Words that were filed under `before` and moved to `after` by staff."""

    words: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class FilingConfusion:
    """How often staff moved words from `before` to `after`, with the newest words."""

    before: str
    after: str
    times: int
    examples: tuple[str, ...]


def confusions(filed: Iterable[FiledWords]) -> list[FilingConfusion]:
    """Count corrections by pair of categories, the most frequent first."""
    pairs: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for case in filed:
        pairs[case.before, case.after].append(case.words)
    found = [
        FilingConfusion(before, after, len(words), tuple(reversed(words[-EXAMPLES:])))
        for (before, after), words in pairs.items()
    ]
    return sorted(
        found, key=lambda confusion: (-confusion.times, confusion.before, confusion.after)
    )


def words_of(
    filed: Iterable[FiledWords], known: Iterable[str]
) -> tuple[list[Word], tuple[str, ...]]:
    """Return the training words of corrections, and the categories without any sentence.

    If the same words were corrected twice, the newer correction counts. They only teach the
    category, because staff did not correct the kind of request.
    """
    last = {case.words: case.after for case in filed if any(map(str.isalnum, case.words))}
    there = set(known)
    unknown = {after for after in last.values() if after not in there}
    words = [Word(text, "category", after) for text, after in last.items() if after in there]
    return words, tuple(sorted(unknown))
