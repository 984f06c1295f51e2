"""Ranks passages by meaning and by words, each heard on the passage itself and on what stands around it.

A question's names stand all over the article that answers it; what it asks for stands in one passage, in other words.
So words find the article, and meaning finds the passage (passage and document evidence combined: Callan, 1994).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.protocols import Ranked
from qa.records import Chunk

AROUND = 2000  # characters: two passages of an article that begin no further apart stand around each other


@dataclass(frozen=True, slots=True)
class Weights:
    """Shares of a passage's score, which sum to 1: what it is worth itself, and the best that stands around it."""

    dense: float
    lexical: float
    dense_around: float
    lexical_around: float


WEIGHTS = Weights(0.3, 0.1, 0.1, 0.5)  # a good place on a broad plateau: python -m training.fusion


@dataclass(frozen=True, slots=True)
class Found:
    """How near in meaning, and how alike in words, passages are to a question: in [0, 1], by row; 0 if missing.

    ``chunks`` has every row of both.
    """

    nearness: Mapping[int, float]
    likeness: Mapping[int, float]
    chunks: Mapping[int, Chunk]


def nearness(dense: Sequence[Ranked], others: Sequence[Ranked] = ()) -> dict[int, float]:
    """Cosines stretched to [0, 1] between the last and the first of ``dense``; ``others`` are put on that scale."""
    if not dense:
        return {}
    lowest, spread = dense[-1].score, dense[0].score - dense[-1].score
    return {
        ranked.row: min(1.0, max(0.0, (ranked.score - lowest) / spread)) if spread > 0 else 1.0
        for ranked in (*others, *dense)
    }


def likeness(lexical: Sequence[Ranked]) -> dict[int, float]:
    """BM25 divided by the first of ``lexical``, a ranking with scores above 0."""
    return {ranked.row: ranked.score / lexical[0].score for ranked in lexical}


def rank(found: Found, weights: Weights) -> list[Ranked]:
    """The passages found, best first; ``score`` is in [0, 1], 1 for what is first in meaning and in words."""
    scores = []
    for row, around in _surroundings(found.chunks).items():
        own = weights.dense * found.nearness.get(row, 0.0) + weights.lexical * found.likeness.get(row, 0.0)
        near = weights.dense_around * max(found.nearness.get(other, 0.0) for other in around)
        alike = weights.lexical_around * max(found.likeness.get(other, 0.0) for other in around)
        scores.append(Ranked(row, min(1.0, own + near + alike)))
    return sorted(scores, key=lambda ranked: (-ranked.score, ranked.row))


def _surroundings(chunks: Mapping[int, Chunk]) -> dict[int, list[int]]:
    """The rows around each row, itself among them."""
    by_article: dict[str, list[int]] = defaultdict(list)
    for row, chunk in chunks.items():
        by_article[chunk.article_id].append(row)
    return {
        row: [other for other in by_article[chunk.article_id] if abs(chunks[other].start - chunk.start) <= AROUND]
        for row, chunk in chunks.items()
    }
