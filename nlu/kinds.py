"""Decide the intent of a message when several kinds of request are similar.

A complaint, a call for help, a report, an idea and praise open the same form. Their words differ
little, so that the probability of a sentence that surely is one of them is often spread over
three. Whether it is one is therefore decided by their sum, against each other intent; the kind is
then the likeliest of them, and its confidence is the sum: how often what follows is right, which
is what a threshold for a fallback asks. Each kind's own share stays in the ranking.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

MATTERS = frozenset({"help", "complaint", "report", "suggestion", "praise"})
"""The kinds of request that open the form. A question is answered first and stands alone."""

Shares = npt.NDArray[np.floating]


class Decision:
    """Decides among `labels`; made once a model, as it looks up where the kinds are."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._kinds = np.array([label in MATTERS for label in labels])
        self._places = np.flatnonzero(self._kinds)

    def of(self, shares: Shares) -> tuple[int, float]:
        """The place of the label meant by one row of shares, and how sure what follows is."""
        best = int(shares.argmax())
        if not len(self._places):
            return best, float(shares[best])
        kinds = shares[self._places]
        together = float(kinds.sum())
        if not self._kinds[best]:
            if shares[best] >= together:
                return best, float(shares[best])
            best = int(self._places[kinds.argmax()])
        return best, together


def act(label: str) -> str:
    """What follows on an intent, as one name for all kinds that open the form."""
    return "matter" if label in MATTERS else label
