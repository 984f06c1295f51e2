"""Measures answers, through the whole assistant: how often right, how often rightly refused, how fast.

Each question is asked once, of an assistant that never abstains. What another threshold would have withheld follows
from how sure the reader was, so that thresholds can be compared without asking again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.figures import Figure
from qa.assistant import FOLLOW_UP_SHARE, Assistant
from qa.evaluation.judging import Outcome
from qa.evaluation.metrics import contains_answer, mean
from qa.evaluation.questions import Question
from qa.evaluation.run import Evaluation, evaluate, score
from qa.protocols import Progress, Reader
from qa.records import Answer, Candidate, Hit

REFUSED = 0.10  # share of the answerable questions that may be withheld, to compare readers on equal terms


class ListeningReader:
    """A ``Reader`` that does what another does and remembers how sure it was.

    ``total`` is the probability of all candidates last found, which is what an assistant holds against its threshold.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.total = 0.0

    @property
    def threshold(self) -> float:
        return self._reader.threshold

    def read(self, question: str, hits: Sequence[Hit]) -> list[Candidate]:
        candidates = self._reader.read(question, hits)
        self.total = sum(candidate.probability for candidate in candidates)
        return candidates


@dataclass(frozen=True, slots=True)
class Replies:
    """What an assistant that never abstains made of a question set.

    ``support[i]`` belongs to ``evaluation.outcomes[i]``: the highest threshold at which it would still be shown.
    """

    evaluation: Evaluation
    support: tuple[float, ...]

    def at(self, threshold: float) -> list[Outcome]:
        """The outcomes as they would be at this threshold, in the same order."""
        return [
            outcome if support >= threshold else withheld(outcome)
            for outcome, support in zip(self.evaluation.outcomes, self.support, strict=True)
        ]

    def threshold_refusing(self, share: float) -> float:
        """The highest threshold at which at most ``share`` of the answerable questions are refused; 0 without any.

        ``share`` is in [0, 1).
        """
        known = zip(self.evaluation.outcomes, self.support, strict=True)
        ordered = sorted(support for outcome, support in known if outcome.question.answerable)
        return ordered[int(share * len(ordered))] if ordered else 0.0


def withheld(outcome: Outcome) -> Outcome:
    """The outcome if the question had been refused."""
    return dataclasses.replace(
        outcome,
        text="",
        quotes=(),
        answered=False,
        confidence=0.0,
        exact_match=False,
        token_f1=0.0,
        accurate=False,
        citations_right=(),
    )


def ask_all(assistant: Assistant, questions: Sequence[Question], progress: Progress) -> Replies:
    """Ask every question of the assistant's index and models with the threshold at 0."""
    reader = ListeningReader(assistant.parts.reader)
    parts = dataclasses.replace(assistant.parts, reader=reader)
    bold = Assistant(assistant.store, parts, assistant.settings.model_copy(update={"min_confidence": 0.0}))
    support: list[float] = []

    def ask(text: str, history: Sequence[str]) -> Answer:
        reader.total = 0.0  # a question may end before it is read
        answer = bold.ask(text, history=history)
        # A follow-up is held against a share of the threshold only.
        support.append(reader.total if answer.interpretation == text else reader.total / FOLLOW_UP_SHARE)
        return answer

    if questions:
        bold.ask(questions[0].question)  # so that no latency has the loading in it
    return Replies(evaluate(ask, questions, progress=progress), tuple(support))


def measure_answers(replies: Replies, *, threshold: float, test: str) -> list[Figure]:
    """All figures of a question set, by language: never abstaining, at ``threshold``, and with a tenth refused."""
    level = replies.threshold_refusing(REFUSED)
    figures: list[Figure] = []
    for name, least in (
        ("never abstaining", 0.0),
        ("shipped threshold", threshold),
        (f"{100 * REFUSED:.0f} % refused", level),
    ):
        outcomes = replies.at(least)
        for subject, chosen in by_language(outcomes):
            figures += quality(chosen, test=f"{test}: {name}", subject=subject)
        figures.append(Figure(f"{test}: {name}", "threshold", "all", least, len(outcomes)))
    for subject, chosen in by_language(replies.evaluation.outcomes):
        scores = score(chosen)
        for percent, value in ((50, scores.latency_p50_ms), (95, scores.latency_p95_ms)):
            figures.append(Figure(f"{test}: time", f"p{percent} ms", subject, value, len(chosen)))
    return figures


def by_language(outcomes: Sequence[Outcome]) -> list[tuple[str, list[Outcome]]]:
    """The outcomes of each language of questions, then "all" of them."""
    languages = sorted({outcome.question.lang for outcome in outcomes})
    groups = [(lang, [outcome for outcome in outcomes if outcome.question.lang == lang]) for lang in languages]
    return [*groups, ("all", list(outcomes))]


def quality(outcomes: Sequence[Outcome], *, test: str, subject: str) -> list[Figure]:
    """How good these outcomes are; an answerable question that is refused counts as wrong."""
    scores = score(outcomes)
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    values: list[tuple[str, float | None, int]] = [
        ("sentence accuracy", mean(sentence_answers(outcome) for outcome in answerable), scores.answerable),
        ("token F1", scores.token_f1, scores.answerable),
        ("exact match", scores.exact_match, scores.answerable),
        ("answerable refused", mean(not outcome.answered for outcome in answerable), scores.answerable),
        ("unanswerable refused", scores.abstention_recall, scores.questions - scores.answerable),
        ("calibration error", scores.ece, scores.answered),
    ]
    return [Figure(test, measure, subject, value, cases) for measure, value, cases in values]


def sentence_answers(outcome: Outcome) -> bool:
    """Whether the sentence shown first holds a gold answer."""
    return bool(outcome.quotes) and contains_answer(outcome.quotes[0], outcome.question.answers)
