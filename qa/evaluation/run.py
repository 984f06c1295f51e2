"""Asks every question of a set, times it and sums up the scores: overall, by language and by type."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from qa.evaluation.judging import Outcome, judge
from qa.evaluation.metrics import (
    RiskPoint,
    abstention,
    area_under_risk_coverage,
    expected_calibration_error,
    mean,
    mean_reciprocal_rank,
    ndcg,
    percentile,
    recall,
    risk_coverage,
)
from qa.evaluation.questions import Question
from qa.protocols import Progress
from qa.records import Answer

Ask = Callable[[str, Sequence[str]], Answer]  # (question, earlier questions, oldest first)


# The metrics whose names in the field are no Python names.
_NAMES = {
    "recall_at_1": "recall@1",
    "recall_at_5": "recall@5",
    "recall_at_10": "recall@10",
    "mrr_at_10": "MRR@10",
    "ndcg_at_10": "nDCG@10",
}


@dataclass(frozen=True, slots=True)
class Scores:
    """The metrics over some questions, in [0, 1] but for the latencies (ms); None where there is nothing to measure.

    Retrieval, exact match, F1 and accuracy are over the answerable questions; an abstention there scores 0. Citation
    recall is over those with evidence, precision over those of them that were answered. AURC and ECE are over the
    answers given, those to unanswerable questions included (as wrong).
    """

    questions: int
    answerable: int
    answered: int
    recall_at_1: float | None
    recall_at_5: float | None
    recall_at_10: float | None
    mrr_at_10: float | None
    ndcg_at_10: float | None
    exact_match: float | None
    token_f1: float | None
    answer_accuracy: float | None
    citation_precision: float | None
    citation_recall: float | None
    abstention_precision: float | None
    abstention_recall: float | None
    abstention_f1: float | None
    aurc: float | None
    ece: float | None
    latency_p50_ms: float | None
    latency_p95_ms: float | None

    def to_dict(self) -> dict[str, float | None]:
        """Every metric by its name (``"recall@5"``, ``"token_f1"``, ...)."""
        return {_NAMES.get(each.name, each.name): getattr(self, each.name) for each in dataclasses.fields(self)}


METRICS: tuple[str, ...] = tuple(_NAMES.get(each.name, each.name) for each in dataclasses.fields(Scores))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an assistant made of a question set: each outcome in the set's order, and the scores."""

    outcomes: tuple[Outcome, ...]
    overall: Scores
    by_language: Mapping[str, Scores]
    by_type: Mapping[str, Scores]

    @property
    def risk_coverage(self) -> list[RiskPoint]:
        """The error rate at each level of strictness, strictest first."""
        return _risk_coverage(self.outcomes)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; undefined scores are None."""
        return {
            "scores": {
                "overall": _rounded(self.overall),
                "by_language": {name: _rounded(scores) for name, scores in self.by_language.items()},
                "by_type": {name: _rounded(scores) for name, scores in self.by_type.items()},
            },
            "risk_coverage": [dataclasses.asdict(point) for point in self.risk_coverage],
            "questions": [outcome.to_dict() for outcome in self.outcomes],
        }


def evaluate(ask: Ask, questions: Sequence[Question], *, progress: Progress | None = None) -> Evaluation:
    """Ask each question once, with its history, and score what comes back; ``progress`` hears (done, total).

    Whatever ``ask`` raises ends the evaluation. Warm the assistant up first if the latencies are to leave loading out.
    """
    outcomes: list[Outcome] = []
    for done, question in enumerate(questions, start=1):
        started = perf_counter()
        answer = ask(question.question, question.history)
        outcomes.append(judge(question, answer, seconds=perf_counter() - started))
        if progress is not None:
            progress(done, len(questions))
    return Evaluation(
        outcomes=tuple(outcomes),
        overall=score(outcomes),
        by_language=_score_groups(outcomes, lambda outcome: outcome.question.lang),
        by_type=_score_groups(outcomes, lambda outcome: outcome.question.type),
    )


def score(outcomes: Sequence[Outcome]) -> Scores:
    """The metrics over these outcomes."""
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    evident = [outcome for outcome in answerable if outcome.question.evidence is not None]
    given = [outcome for outcome in outcomes if outcome.answered]
    rankings = [outcome.ranking for outcome in answerable]
    abstained = abstention(
        abstained=[not outcome.answered for outcome in outcomes],
        answerable=[outcome.question.answerable for outcome in outcomes],
    )
    milliseconds = [outcome.seconds * 1000 for outcome in outcomes]
    return Scores(
        questions=len(outcomes),
        answerable=len(answerable),
        answered=len(given),
        recall_at_1=recall(rankings, k=1),
        recall_at_5=recall(rankings, k=5),
        recall_at_10=recall(rankings, k=10),
        mrr_at_10=mean_reciprocal_rank(rankings, k=10),
        ndcg_at_10=ndcg(rankings, k=10),
        exact_match=mean(outcome.exact_match for outcome in answerable),
        token_f1=mean(outcome.token_f1 for outcome in answerable),
        answer_accuracy=mean(outcome.accurate for outcome in answerable),
        citation_precision=mean(
            sum(outcome.citations_right) / len(outcome.citations_right) for outcome in evident if outcome.answered
        ),
        citation_recall=mean(any(outcome.citations_right) for outcome in evident),
        abstention_precision=abstained.precision,
        abstention_recall=abstained.recall,
        abstention_f1=abstained.f1,
        aurc=area_under_risk_coverage(_risk_coverage(outcomes)),
        ece=expected_calibration_error([each.confidence for each in given], [each.correct for each in given]),
        latency_p50_ms=percentile(milliseconds, 50),
        latency_p95_ms=percentile(milliseconds, 95),
    )


def _risk_coverage(outcomes: Sequence[Outcome]) -> list[RiskPoint]:
    given = [outcome for outcome in outcomes if outcome.answered]
    return risk_coverage(
        [outcome.confidence for outcome in given], [outcome.correct for outcome in given], questions=len(outcomes)
    )


def _score_groups(outcomes: Sequence[Outcome], group: Callable[[Outcome], str | None]) -> dict[str, Scores]:
    names = sorted({name for name in map(group, outcomes) if name is not None})
    return {name: score([outcome for outcome in outcomes if group(outcome) == name]) for name in names}


def _rounded(scores: Scores) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 4) for name, value in scores.to_dict().items()}
