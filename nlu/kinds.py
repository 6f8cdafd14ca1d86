"""Decide the intent of a message when several kinds of request are similar.

A complaint, a call for help, a report, an idea and praise open the same form. Their words differ
little, so the probability of such a sentence is often spread over three kinds. Therefore the sum of
the kinds is compared with each other intent. The intent is then the most probable kind, and its
confidence is the sum, because a threshold for a fallback needs the probability that the next action
is right. Each kind's own probability stays in the ranking.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

MATTERS = frozenset({"help", "complaint", "report", "suggestion", "praise"})
"""Kinds of request that open the form; a question is separate, because it is answered first."""

Shares = npt.NDArray[np.floating]


class Decision:
    """Decides among `labels`; made once for a model, with the indices of the kinds."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._kinds = np.array([label in MATTERS for label in labels])
        self._places = np.flatnonzero(self._kinds)

    def of(self, shares: Shares) -> tuple[int, float]:
        """Return the index of the intent of one row of probabilities, and its confidence."""
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
    """Return the intent, or one common name for all kinds that open the form."""
    return "matter" if label in MATTERS else label
