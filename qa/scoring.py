"""A very small network that turns a description into a score, run by numpy and stored as safetensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scorer:
    """Two layers: standardise, hidden units with ReLU, one score.

    Shapes: ``mean``, ``scale`` (features,), ``w1`` (features, hidden), ``b1``, ``w2`` (hidden,), ``b2`` (1,).
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    w1: NDArray[np.float32]
    b1: NDArray[np.float32]
    w2: NDArray[np.float32]
    b2: NDArray[np.float32]

    def score(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores (logits) of the rows of ``features`` (n, features): shape (n,)."""
        standard = (features - self.mean) / self.scale
        hidden = np.maximum(standard @ self.w1 + self.b1, 0)
        return np.asarray(hidden @ self.w2 + self.b2, dtype=np.float32)


def softmax_with_none(scores: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Probabilities of each choice when "none of them" (score 0) is a choice too: shape (n,), sum below 1."""
    with_none = np.append(scores.astype(np.float64), 0.0)
    exponentials = np.exp(with_none - with_none.max())
    return np.asarray((exponentials / exponentials.sum())[:-1])
