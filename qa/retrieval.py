"""Finds the passages for a question: by meaning, by words and by what stands around them, near-copies collapsed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qa.analysis import fold, is_stop_word, stem, tokens
from qa.lexicon import Lexicon
from qa.matching import CONTEXT_WEIGHT
from qa.protocols import Embedder, Ranked, Store
from qa.ranking import WEIGHTS, Candidates, max_normalised, min_max, rank
from qa.records import Chunk, Filter, Hit

DEPTH = 50  # passages read from each ranking
ARTICLES, SIBLINGS = 10, 100  # in the best articles so found, the passages nearest in meaning join; not tuned
COPY_SIMILARITY = 0.8  # share of the shorter's word pairs from which on two passages are one text
COPY_FEWEST = 8  # word pairs; a byline or a place name within another passage is no copy of it
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
        candidates = self.candidates(question, language=language, k=max(DEPTH, 4 * k), where=where)
        return _collapse(rank(candidates, WEIGHTS), candidates.chunks, k)

    def candidates(self, question: str, *, language: str, k: int, where: Filter) -> Candidates:
        """At most ``k`` passages of each ranking, and more of the articles in which the best of them stand."""
        vector = self._embedder.embed_questions([question])[0]
        dense, lexical = self._rankings(vector, question, language=language, k=k, where=where)
        near, alike = min_max(dense), max_normalised(lexical)
        best = sorted({**near, **alike}, key=lambda row: (-near.get(row, 0.0) - alike.get(row, 0.0), row))
        found = self._store.chunks(best)
        # A passage removed since it was ranked has no chunk any more.
        articles = dict.fromkeys(found[row].article_id for row in best if row in found)
        among = replace(where, article_ids=frozenset([*articles][:ARTICLES]))
        siblings = self._store.dense(vector, k=SIBLINGS, where=among) if articles else []
        joining = self._store.chunks([ranked.row for ranked in siblings if ranked.row not in found])
        return Candidates(min_max(dense, siblings), alike, {**found, **joining})

    def rankings(self, question: str, *, language: str, k: int, where: Filter) -> tuple[list[Ranked], list[Ranked]]:
        """The dense and the lexical ranking by themselves, at most ``k`` passages each."""
        vector = self._embedder.embed_questions([question])[0]
        return self._rankings(vector, question, language=language, k=k, where=where)

    def _rankings(
        self, vector: NDArray[np.float32], question: str, *, language: str, k: int, where: Filter
    ) -> tuple[list[Ranked], list[Ranked]]:
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


@dataclass(frozen=True, slots=True)
class _Kept:
    chunk: Chunk
    score: float
    shingles: frozenset[tuple[str, str]]
    copies: dict[str, None]  # article ids, in order of rank


def _collapse(ranking: Sequence[Ranked], chunks: Mapping[int, Chunk], k: int) -> list[Hit]:
    """The first ``k`` passages that are no near-copies of a better one, with their copies' articles."""
    kept: list[_Kept] = []
    for place, ranked in enumerate(ranking):
        if len(kept) == k and place >= 3 * k:  # copies rank near one another
            break
        chunk = chunks[ranked.row]
        shingles = _shingles(chunk)
        twin = next((other for other in kept if _alike(shingles, other.shingles)), None)
        if twin is not None:
            twin.copies.update({chunk.article_id: None})
        elif len(kept) < k:
            kept.append(_Kept(chunk, ranked.score, shingles, {}))
    return [
        Hit(one.chunk, one.score, tuple(copy for copy in one.copies if copy != one.chunk.article_id)) for one in kept
    ]


def _shingles(chunk: Chunk) -> frozenset[tuple[str, str]]:
    words = chunk.text.lower().split()
    return frozenset(zip(words, words[1:] or words, strict=False))


def _alike(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    shorter = min(len(one), len(other))
    return one == other or (shorter >= COPY_FEWEST and len(one & other) >= COPY_SIMILARITY * shorter)
