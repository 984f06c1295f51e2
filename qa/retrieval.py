"""Finds the passages for a question: a dense and a lexical ranking, fused, near-copies collapsed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.analysis import fold, is_stop_word, stem, tokens
from qa.lexicon import Lexicon
from qa.matching import CONTEXT_WEIGHT
from qa.protocols import Embedder, Ranked, Store
from qa.records import Chunk, Filter, Hit

DENSE_WEIGHT = 0.5  # best recall@8 on the newsroom: python -m training.fusion
CANDIDATES = 50  # read from each ranking before fusing
COPY_SIMILARITY = 0.8  # share of common word pairs from which on two passages are one text
_ASIDE = re.compile(r"\([^()]*\)")  # where conversation puts what was asked before
_LIKELY = 0.03  # translations less probable than this only slow the search
_QUESTION_MOST_TERMS = 64  # of a pasted page, the rarest terms say enough


class Retriever:
    """Searches a store both ways."""

    def __init__(self, store: Store, embedder: Embedder, lexicon: Lexicon) -> None:
        self._store = store
        self._embedder = embedder
        self._lexicon = lexicon

    def search(self, question: str, *, language: str, k: int, where: Filter) -> list[Hit]:
        """At most ``k`` different passages, best first; ``score`` in [0, 1] is 1 for first place in both rankings.

        A passage whose near-copy ranks higher is named in that one's ``copies`` instead.
        """
        if not question.strip() or not len(self._store):
            return []
        depth = max(CANDIDATES, 4 * k)
        dense, lexical = self.rank(question, language=language, k=depth, where=where)
        return self._collapse(fuse(dense, lexical, dense_weight=DENSE_WEIGHT), k)

    def rank(self, question: str, *, language: str, k: int, where: Filter) -> tuple[list[Ranked], list[Ranked]]:
        """The dense and the lexical ranking before fusion, at most ``k`` passages each."""
        vector = self._embedder.embed_questions([question])[0]
        dense = self._store.dense(vector, k=k, where=where)
        return dense, self._store.lexical(self._query_terms(question, language), k=k, where=where)

    def _query_terms(self, question: str, language: str) -> dict[str, float]:
        """Terms for each language of the index: the question's own stems, and translations by their probability.

        Weighting a translation by its probability is Darwish & Oard's structured query (2003).
        """
        context = "".join(_ASIDE.findall(question))
        words = {
            token.text
            for token in tokens(question)
            if not is_stop_word(token.text, language) and (len(token.text) > 1 or token.text.isdigit())
        }
        asides = {token.text for token in tokens(context)} - {token.text for token in tokens(_ASIDE.sub(" ", question))}
        rarest = sorted(words, key=lambda word: (-self._lexicon.rarity(stem(word, language), language), word))
        query: dict[str, float] = {}
        for word in rarest[:_QUESTION_MOST_TERMS]:
            own = stem(word, language)
            for target in self._store.languages() | {language}:
                expansions = {fold(word): 1.0, stem(word, target): 1.0, stem(fold(word), target): 1.0}
                if target != language:
                    translations = self._lexicon.translations(own, language, target)
                    expansions |= {
                        term: p for term, p in translations.items() if p >= _LIKELY and term not in expansions
                    }
                for term, weight in expansions.items():
                    query[term] = max(weight * (CONTEXT_WEIGHT if word in asides else 1.0), query.get(term, 0.0))
        return query

    def _collapse(self, fused: Sequence[Ranked], k: int) -> list[Hit]:
        """The first ``k`` passages that are no near-copies of a better one, with their copies' articles."""
        chunks: dict[int, Chunk] = {}
        kept: list[_Kept] = []
        for place, ranked in enumerate(fused):
            if place % (2 * k) == 0:  # copies are few: the first batch is seldom not enough
                if len(kept) == k:
                    break
                chunks = self._store.chunks([other.row for other in fused[place : place + 2 * k]])
            if ranked.row not in chunks:  # removed since the ranking
                continue
            chunk = chunks[ranked.row]
            shingles = _shingles(chunk)
            twin = next((other for other in kept if _alike(shingles, other.shingles)), None)
            if twin is not None:
                twin.copies.update({chunk.article_id: None})
            elif len(kept) < k:
                kept.append(_Kept(chunk, ranked.score, shingles, {}))
        return [
            Hit(one.chunk, one.score, tuple(copy for copy in one.copies if copy != one.chunk.article_id))
            for one in kept
        ]


@dataclass(frozen=True, slots=True)
class _Kept:
    chunk: Chunk
    score: float
    shingles: frozenset[tuple[str, str]]
    copies: dict[str, None]  # article ids, in order of rank


def fuse(dense: Sequence[Ranked], lexical: Sequence[Ranked], *, dense_weight: float) -> list[Ranked]:
    """Merge two rankings, best first, by a convex combination of their scores (Bruch et al., 2023).

    Cosines are stretched to [0, 1] between the last and the first of ``dense``, BM25 is divided by the first of
    ``lexical``; a row missing from a ranking has 0 there. ``score`` is in [0, 1]; a row found by both appears once.
    """
    scores: dict[int, float] = {}
    if dense:
        lowest, spread = dense[-1].score, dense[0].score - dense[-1].score
        for ranked in dense:
            scores[ranked.row] = dense_weight * ((ranked.score - lowest) / spread if spread > 0 else 1.0)
    if lexical and lexical[0].score > 0:
        for ranked in lexical:
            scores[ranked.row] = scores.get(ranked.row, 0.0) + (1 - dense_weight) * ranked.score / lexical[0].score
    order = sorted(scores, key=lambda row: (-scores[row], row))
    return [Ranked(row, min(1.0, max(0.0, scores[row]))) for row in order]


def _shingles(chunk: Chunk) -> frozenset[tuple[str, str]]:
    words = chunk.text.lower().split()
    return frozenset(zip(words, words[1:] or words, strict=False))


def _alike(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    return len(one & other) >= COPY_SIMILARITY * min(len(one), len(other))
