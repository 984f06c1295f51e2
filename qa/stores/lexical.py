"""Word search in the local store: SQLite's FTS5 proposes passages, weighted BM25 ranks them."""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from qa.protocols import Ranked
from qa.records import Filter
from qa.stores.filters import condition
from qa.stores.schema import State

# The usual values of BM25's saturation and length normalisation (Robertson & Zaragoza, 2009, section 3.5).
K1 = 1.2
B = 0.75

# FTS5 ranks without the weights: enough candidates are taken that its order hardly matters.
CANDIDATES_PER_HIT = 10
MIN_CANDIDATES = 100

# In a large index, a term of every fourth passage costs much time and tells little.
MANY_PASSAGES = 10_000
COMMON = 0.25

_UNSAFE = re.compile(r"[\0-/:-@\[-`{-\x7f\ud800-\udfff]")


def content(terms: Iterable[str]) -> str:
    """Terms as the table holds them, one word each, parted by spaces."""
    return " ".join(_word(term) for term in terms if term)


def document_frequencies(connection: sqlite3.Connection, terms: Iterable[str]) -> dict[str, int]:
    """In how many passages each term occurs (0 where it does not)."""
    words = {term: _word(term) for term in terms}
    found: dict[str, int] = dict(
        connection.execute(
            "SELECT term, doc FROM json_each(?) CROSS JOIN vocabulary ON term = value",
            (json.dumps(sorted(set(words.values()))),),
        )
    )
    return {term: found.get(word, 0) for term, word in words.items()}


def search(
    connection: sqlite3.Connection, terms: Mapping[str, float], *, k: int, where: Filter, state: State
) -> list[Ranked]:
    """The ``k`` passages best by BM25 among those that pass ``where``, best first; scores are above 0.

    BM25 as in Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with each term's
    part multiplied by its weight and 1 added inside the logarithm, which keeps the part of a common term positive.
    Terms of weight 0 or less are left out.
    """
    if k <= 0:
        return []
    gains = _gains(connection, terms, passages=state.passages)
    if not gains:
        return []
    average = state.terms / state.passages
    ranked = []
    for row, text in _candidates(connection, gains, limit=max(CANDIDATES_PER_HIT * k, MIN_CANDIDATES), where=where):
        counts = Counter(text.split(" "))
        norm = K1 * (1 - B + B * counts.total() / average)
        score = sum(gain * counts[word] * (K1 + 1) / (counts[word] + norm) for word, gain in gains.items())
        ranked.append(Ranked(row, score))
    ranked.sort(key=lambda hit: (-hit.score, hit.row))
    return ranked[:k]


def _gains(connection: sqlite3.Connection, terms: Mapping[str, float], *, passages: int) -> dict[str, float]:
    """What one saturated occurrence of each known word is worth: its weight times its inverse document frequency."""
    frequencies = document_frequencies(connection, [term for term, weight in terms.items() if weight > 0])
    known = {term: frequency for term, frequency in frequencies.items() if frequency}
    if passages > MANY_PASSAGES:
        known = {term: n for term, n in known.items() if n <= COMMON * passages} or known
    gains: dict[str, float] = {}
    for term, frequency in known.items():
        idf = math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))
        gains[_word(term)] = gains.get(_word(term), 0.0) + terms[term] * idf
    return gains


def _candidates(
    connection: sqlite3.Connection, words: Iterable[str], *, limit: int, where: Filter
) -> list[tuple[int, str]]:
    match = " OR ".join(f'"{word}"' for word in words)
    if not where:
        best = "SELECT rowid FROM lexical WHERE lexical MATCH ? ORDER BY rank LIMIT ?"
        parameters: tuple[str | int, ...] = (match, limit)
    else:
        passes = condition(where)
        # CROSS JOIN: the words must drive the query, not the filter.
        best = (
            "SELECT lexical.rowid FROM lexical CROSS JOIN chunks ON chunks.row = lexical.rowid "
            "CROSS JOIN articles ON articles.number = chunks.article "
            f"WHERE lexical MATCH ? AND {passes.sql} ORDER BY lexical.rank LIMIT ?"
        )
        parameters = (match, *passes.parameters, limit)
    return connection.execute(f"SELECT rowid, terms FROM lexical WHERE rowid IN ({best})", parameters).fetchall()


@lru_cache(maxsize=100_000)
def _word(term: str) -> str:
    """A term as one word that FTS5 neither splits, folds nor takes for syntax: "1.46" is held as "1_2e_46"."""
    return _UNSAFE.sub(lambda sign: f"_{ord(sign.group()):x}_", term.lower())
