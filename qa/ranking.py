"""Ranks passages by meaning and by words, each heard on the passage itself and on what stands around it.

A question's names stand all over the article that answers it; what it asks for stands in one passage, in other words.
So words find the article, and meaning finds the passage: a convex combination of dense and lexical scores (Bruch et
al., 2023), of a passage and of its surroundings (Callan, 1994).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.protocols import Ranked
from qa.records import Chunk

AROUND = 1500  # characters between two passages of an article, at most, that stand around each other; not tuned


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Shares of a passage's score, which sum to 1: of its own scores, and of the best around it, its own among them."""

    dense: float
    lexical: float
    dense_around: float
    lexical_around: float


# Chosen on the newsroom's development part: python -m training.fusion
WEIGHTS = Weights(dense=0.3, lexical=0.1, dense_around=0.1, lexical_around=0.5)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages by row with their scores in [0, 1], 0 where missing; rows without a chunk are not ranked."""

    dense: Mapping[int, float]
    lexical: Mapping[int, float]
    chunks: Mapping[int, Chunk]


def min_max(dense: Sequence[Ranked], others: Sequence[Ranked] = ()) -> dict[int, float]:
    """Cosines stretched to [0, 1] between the last and the first of ``dense``; ``others`` are put on that scale."""
    if not dense:
        return {}
    lowest, spread = dense[-1].score, dense[0].score - dense[-1].score
    if spread <= 0:
        return {ranked.row: float(ranked.score >= lowest) for ranked in (*others, *dense)}
    return {ranked.row: min(1.0, max(0.0, (ranked.score - lowest) / spread)) for ranked in (*others, *dense)}


def max_normalised(lexical: Sequence[Ranked]) -> dict[int, float]:
    """BM25 divided by that of the first, which is the highest; all 0 where that is."""
    highest = lexical[0].score if lexical else 0.0
    return {ranked.row: ranked.score / highest if highest > 0 else 0.0 for ranked in lexical}


def rank(candidates: Candidates, weights: Weights) -> list[Ranked]:
    """The candidates, best first; ``score`` is in [0, 1], 1 for what is first by meaning and by words."""
    dense, lexical = candidates.dense, candidates.lexical
    ranked = []
    for row, around in _surroundings(candidates.chunks).items():
        score = (
            weights.dense * dense.get(row, 0.0)
            + weights.lexical * lexical.get(row, 0.0)
            + weights.dense_around * max(dense.get(other, 0.0) for other in around)
            + weights.lexical_around * max(lexical.get(other, 0.0) for other in around)
        )
        ranked.append(Ranked(row, min(1.0, score)))
    return sorted(ranked, key=lambda one: (-one.score, one.row))


def _surroundings(chunks: Mapping[int, Chunk]) -> dict[int, list[int]]:
    """The rows around each row, itself among them."""
    by_article: dict[str, list[int]] = defaultdict(list)
    for row, chunk in chunks.items():
        by_article[chunk.article_id].append(row)
    return {
        row: [other for other in by_article[chunk.article_id] if _gap(chunk, chunks[other]) <= AROUND]
        for row, chunk in chunks.items()
    }


def _gap(one: Chunk, other: Chunk) -> int:
    """Characters between two passages of an article; negative where they overlap."""
    return max(one.start, other.start) - min(one.end, other.end)
