"""Lift pieces of text that few labels have above those that all have."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix  # type: ignore[import-untyped, unused-ignore]

from nlu.metrics import Places

GAIN, MANY = 3.0, 20
"""Largest gain of a piece that occurs with only one label, over one that occurs with all; it is
`MANY` divided by the number of labels if that is less. With seven labels each has so many texts
that its own words are frequent. With a hundred, a word of one label is rare, and already has a
large weight for that."""


def gain_of(vectors: csr_matrix, truth: Places, text_size: int) -> npt.NDArray[np.float32]:
    """Return the factor of each piece, from 1 to 1 + `GAIN`: larger for pieces of few labels.

    It is the inverse gravity moment of Chen et al. (2016). The shares of each label's texts with
    the piece are sorted descending; the first is divided by the sum of all times their rank.
    """
    which = csr_matrix((np.ones(len(truth)), (truth, np.arange(len(truth)))))
    held = (which @ vectors[:, :text_size].astype(bool)).toarray()
    shares = -np.sort(-held / np.maximum(np.bincount(truth), 1)[:, None], axis=0)
    moment = (shares * np.arange(1, len(shares) + 1)[:, None]).sum(axis=0)
    most = min(GAIN, MANY / len(shares))
    gain: npt.NDArray[np.float32] = 1 + most * shares[0] / np.maximum(moment, 1e-9)
    return gain.astype(np.float32)


def lifted(vectors: csr_matrix, gain: npt.NDArray[np.float32]) -> csr_matrix:
    """Multiply the text part of vectors of `Features` by `gain`; the rest stays."""
    all_gain = np.ones(vectors.shape[1])
    all_gain[: len(gain)] = gain
    data = vectors.data * all_gain[vectors.indices]
    of_text = vectors.indices < len(gain)
    row = np.repeat(np.arange(vectors.shape[0]), np.diff(vectors.indptr))
    length = np.sqrt(np.bincount(row[of_text], data[of_text] ** 2, vectors.shape[0]))
    data[of_text] /= np.maximum(length, 1e-9)[row[of_text]]
    return csr_matrix((data, vectors.indices, vectors.indptr), shape=vectors.shape)
