"""The field's metrics as pure functions: retrieval, answers, abstention, calibration, latency.

A metric over nothing is None, never 0 or 1. Which hit, quote or answer counts as right is decided in ``judging``.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

import ir_measures
import numpy as np
from ir_measures import RR, Qrel, R, ScoredDoc, nDCG

_ARTICLES = frozenset({"the", "a", "an", "le", "la", "les", "l", "un", "une", "des", "du", "d"})
_DEFINITE = frozenset({"la", "l"})  # after "de" they make the partitive: "de la", "de l'"


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was found for one question, best first and without repeats, and the ids that ought to be."""

    found: tuple[str, ...]
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class AbstentionScores:
    """How well "the articles don't say" was said: precision, recall and F1 in [0, 1]; None over nothing."""

    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Answering from ``confidence`` on answers the share ``coverage`` of the questions, ``risk`` of them wrongly."""

    confidence: float
    coverage: float
    risk: float


def mean(values: Iterable[float]) -> float | None:
    """The arithmetic mean, or None of nothing."""
    known = list(values)
    return sum(known) / len(known) if known else None


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The value below which ``percent`` (0 to 100) of ``values`` lie, interpolated linearly; None of nothing."""
    return float(np.percentile(values, percent)) if values else None


def recall(rankings: Sequence[Ranking], *, k: int) -> float | None:
    """recall@k: the mean share of a question's relevant ids among its first ``k`` found."""
    return _ir_measure(R @ k, rankings)


def mean_reciprocal_rank(rankings: Sequence[Ranking], *, k: int) -> float | None:
    """MRR@k: the mean of 1 / rank of the first relevant id, 0 where none is among the first ``k`` (Voorhees, 1999)."""
    return _ir_measure(RR @ k, rankings)


def ndcg(rankings: Sequence[Ranking], *, k: int) -> float | None:
    """nDCG@k: the discounted gain of the first ``k`` over that of the best order (Järvelin & Kekäläinen, 2002)."""
    return _ir_measure(nDCG @ k, rankings)


def _ir_measure(measure: ir_measures.Measure, rankings: Sequence[Ranking]) -> float | None:
    qrels = [Qrel(str(query), each, 1) for query, ranking in enumerate(rankings) for each in sorted(ranking.relevant)]
    if not qrels:
        return None
    run = [
        ScoredDoc(str(query), each, float(-position))
        for query, ranking in enumerate(rankings)
        for position, each in enumerate(ranking.found)
    ]
    return float(ir_measures.calc_aggregate([measure], qrels, run)[measure])


def words(text: str) -> list[str]:
    """Lower-case words without punctuation or symbols; an apostrophe or a long dash parts words, a hyphen does not."""
    kept: list[str] = []
    for character in unicodedata.normalize("NFKC", text).lower():
        if character in "'’‘ʼ–—":
            kept.append(" ")
        elif unicodedata.category(character)[0] not in "PS":
            kept.append(character)
    return "".join(kept).split()


def normalise(text: str) -> str:
    """Text as answers are compared: SQuAD's rules (Rajpurkar et al., 2016), with French articles dropped as well.

    Lower case, no punctuation, single spaces, no articles; a text of nothing but articles keeps them.
    """
    found = words(text)
    kept = [
        word
        for word, following in zip_longest(found, found[1:])
        if word not in _ARTICLES and not (word == "de" and following in _DEFINITE)
    ]
    return " ".join(kept or found)


def exact_match(prediction: str, golds: Iterable[str]) -> bool:
    """Whether the prediction is one of the golds, all normalised (SQuAD's EM)."""
    return normalise(prediction) in {normalise(gold) for gold in golds}


def token_f1(prediction: str, golds: Iterable[str]) -> float:
    """The best harmonic mean of word precision and recall against a gold (SQuAD's F1), in [0, 1]; 0 without golds."""
    return max((_f1(normalise(prediction).split(), normalise(gold).split()) for gold in golds), default=0.0)


def _f1(predicted: Sequence[str], gold: Sequence[str]) -> float:
    if not predicted or not gold:
        return float(predicted == gold)
    shared = (Counter(predicted) & Counter(gold)).total()
    return 2 * shared / (len(predicted) + len(gold))


def contains_answer(text: str, golds: Iterable[str]) -> bool:
    """Whether a gold stands in the text as whole words in a row, with or without the articles of both."""
    plain, whole = normalise(text), " ".join(words(text))
    return any(_within(normalise(gold), plain) or _within(" ".join(words(gold)), whole) for gold in golds)


def overlaps(one: str, other: str) -> bool:
    """Whether two stretches of one article share words: one holds the other, or one's end is the other's beginning.

    To tell an overlap from a chance encounter, at least half of the shorter one must be shared. Symmetric.
    """
    shorter, longer = sorted((words(one), words(other)), key=lambda each: (len(each), each))
    if not shorter:
        return False
    if _within(" ".join(shorter), " ".join(longer)):
        return True
    return any(
        shorter[-shared:] == longer[:shared] or longer[-shared:] == shorter[:shared]
        for shared in range(len(shorter) - 1, (len(shorter) - 1) // 2, -1)
    )


def _within(needle: str, haystack: str) -> bool:
    return bool(needle) and f" {needle} " in f" {haystack} "


def abstention(*, abstained: Sequence[bool], answerable: Sequence[bool]) -> AbstentionScores:
    """Precision, recall and F1 of abstaining: right where a question is not ``answerable``. One flag a question."""
    rightly = sum(silent and not known for silent, known in zip(abstained, answerable, strict=True))
    silent, unanswerable = sum(abstained), len(answerable) - sum(answerable)
    return AbstentionScores(
        precision=rightly / silent if silent else None,
        recall=rightly / unanswerable if unanswerable else None,
        f1=2 * rightly / (silent + unanswerable) if silent + unanswerable else None,
    )


def risk_coverage(confidences: Sequence[float], correct: Sequence[bool], *, questions: int) -> list[RiskPoint]:
    """The error rate at each level of strictness (El-Yaniv & Wiener, 2010), strictest first.

    ``confidences`` and ``correct`` belong to the answers given, out of ``questions`` asked. Equal confidences are one
    point, so that the order of the questions does not matter.
    """
    points: list[RiskPoint] = []
    given = wrong = 0
    ordered = sorted(zip(confidences, correct, strict=True), reverse=True)
    for confidence, group in groupby(ordered, key=lambda pair: pair[0]):
        rights = [right for _, right in group]
        given += len(rights)
        wrong += rights.count(False)
        points.append(RiskPoint(confidence, given / questions, wrong / given))
    return points


def area_under_risk_coverage(points: Sequence[RiskPoint]) -> float | None:
    """AURC (Geifman et al., 2019): the mean risk over the coverage reached, in [0, 1], best 0; None without points."""
    if not points:
        return None
    steps = np.diff([0.0, *(point.coverage for point in points)])
    return float(np.average([point.risk for point in points], weights=steps))


def expected_calibration_error(
    confidences: Sequence[float], correct: Sequence[bool], *, bins: int = 10
) -> float | None:
    """ECE (Guo et al., 2017): the mean gap between confidence and accuracy over equal-width bins, in [0, 1], best 0.

    ``confidences`` are in [0, 1]; a bin holds its upper edge, the first also 0. None of nothing.
    """
    if not confidences:
        return None
    stated, right = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    bin_of = np.clip(np.ceil(stated * bins) - 1, 0, bins - 1)
    gaps = [abs((stated - right)[bin_of == each].sum()) for each in range(bins)]
    return float(sum(gaps) / len(stated))
