"""Fits how much transformer, alignment and retrieval count, and from which probability on an answer is shown.

On the newsroom's development part, from which no model has learnt; the ranking's weights were chosen on it, too. Six
weights over some six hundred questions.

    python -m training.combination --work WORK      # → qa/models/reader/combination.json
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from qa.alignment import load_alignment
from qa.assembly import question_language
from qa.evaluation.metrics import expected_calibration_error, token_f1
from qa.reading import MOST_CANDIDATES, READER, Combination, CombinedReader, Heard, save_combination
from qa.scoring import softmax_with_none
from qa.spans import cut, propose, words_of
from qa.transformer import load_span_scorer
from training.examples import right_sentences, searches
from training.newsroom import Question, load_questions, open_search
from training.split import Part

WRONGLY_REFUSED = 0.07  # of the development cases whose answer retrieval found, at the threshold
SHARES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0)  # of the transformer beside the alignment, for stretches
STEPS = 300

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Case:
    """What each witness says of a question's sentences, shape (n,) each, and which are right, in [0, 1]."""

    lang: str
    aligned: NDArray[np.float32]
    read: NDArray[np.float32]
    retrieved: NDArray[np.float32]
    right: NDArray[np.float32]


@dataclass(frozen=True)
class Words:
    """What alignment and transformer say of a right sentence's stretches, shape (n,) each, and each one's token F1."""

    lang: str
    aligned: NDArray[np.float32]
    read: NDArray[np.float32]
    f1: NDArray[np.float64]


def words_case(question: Question, heard: Heard, right: NDArray[np.float32], reader: CombinedReader) -> Words | None:
    """The stretches of the evidence, if it was found."""
    quoted = [int(i) for i in np.flatnonzero(right) if heard.sentences[int(i)].text == question.evidence]
    if not quoted:
        return None
    sentence = heard.sentences[quoted[0]]
    chunk = sentence.hit.chunk
    pieces = cut(chunk.text, sentence.span, chunk.language)
    stretches = propose(pieces)
    if not len(stretches):
        return None
    places = [words_of(pieces, stretch) for stretch in stretches]
    aligned, read = reader.hear_stretches(pieces, stretches, sentence, heard)
    f1 = np.array([token_f1(place.of(chunk.text), question.answers) for place in places])
    return Words(question.lang, aligned, read, f1)


def fit_sentences(cases: Sequence[Case]) -> Combination:
    """Weights of the three witnesses and a bias, by the log loss of the right sentences and of "none"."""
    most = max(len(case.right) for case in cases)
    said, right = torch.zeros(len(cases), most, 4), torch.zeros(len(cases), most + 1, dtype=torch.bool)
    closed = torch.ones(len(cases), most + 1, dtype=torch.bool)
    closed[:, most] = False  # "none", with logit 0
    for row, case in enumerate(cases):
        count = len(case.right)
        witnesses = (case.aligned, case.read, case.retrieved, np.ones(count, dtype=np.float32))
        said[row, :count] = torch.from_numpy(np.stack(witnesses, axis=1))
        right[row, :count] = torch.from_numpy(case.right > 0)
        right[row, most] = not case.right.any()
        closed[row, :count] = False
    weights = torch.tensor([0.5, 0.5, 0.0, 0.0], requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=0.03)
    for _ in range(STEPS):
        logits = torch.cat([said @ weights, torch.zeros(len(cases), 1)], dim=1).masked_fill(closed, -torch.inf)
        # Any of the right sentences will do.
        loss = (logits.logsumexp(1) - logits.masked_fill(~right, -torch.inf).logsumexp(1)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    alignment, transformer, retrieval, bias = (float(weight) for weight in weights.detach())
    return Combination(alignment=alignment, transformer=transformer, retrieval=retrieval, bias=bias)


def fit_stretches(cases: Sequence[Words]) -> tuple[float, float]:
    """The transformer's share beside the alignment with the best mean token F1, and that F1."""

    def mean_f1(share: float) -> float:
        return float(np.mean([case.f1[np.argmax(case.aligned + share * case.read)] for case in cases]))

    for share in SHARES:
        log.info("stretches: transformer's share %.1f: F1 %.3f", share, mean_f1(share))
    best = max(SHARES, key=mean_f1)
    return best, mean_f1(best)


def probabilities(case: Case, weights: Combination) -> NDArray[np.float64]:
    """The probability of each sentence, in the case's order: shape (n,)."""
    return softmax_with_none(weights.sentence_logits(case.aligned, case.read, case.retrieved))


def proposed(case: Case, weights: Combination) -> float:
    """The probability of all sentences that the reader proposes, which an assistant holds against the threshold."""
    return float(np.sort(probabilities(case, weights))[-MOST_CANDIDATES:].sum())


def report(name: str, cases: Sequence[Case], weights: Combination) -> None:
    """Log how often the best sentence is right, and what is refused when a tenth of the answerable is."""
    for lang in ("en", "fr"):
        chosen = [(case, probabilities(case, weights)) for case in cases if case.lang == lang]
        best = [float(case.right[np.argmax(p)] > 0) for case, p in chosen if case.right.max() > 0]
        answerable = [proposed(case, weights) for case, _ in chosen if case.right.max() > 0]
        level = np.quantile(answerable, 0.1)
        refused = [proposed(case, weights) < level for case, _ in chosen if case.right.max() == 0]
        log.info("%s %s: best sentence right %.3f of %d, unanswerable refused %.3f of %d",
                 name, lang, np.mean(best), len(best), np.mean(refused), len(refused))  # fmt: skip
    sure = [float(probabilities(case, weights).max()) for case in cases]
    hit = [bool(case.right[np.argmax(probabilities(case, weights))] > 0) for case in cases]
    log.info("%s: calibration error %.3f", name, expected_calibration_error(sure, hit))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder of the newsroom's index")
    parser.add_argument("--reader", type=Path, default=READER, help="the transformer")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    questions = [question for question in load_questions() if question.part is Part.DEV]
    search = open_search(arguments.work, questions)
    spans = load_span_scorer(str(arguments.reader))
    reader = CombinedReader(spans, load_alignment(), search.lexicon, Combination(), language_of=question_language)
    article_ids = [entry.id for entry in search.store.articles()]
    cases: list[Case] = []
    words: list[Words] = []
    for question in questions:
        for hits in searches(question, search.retriever, article_ids):
            heard = reader.hear(question.question, hits)
            if heard is None:
                continue
            right = right_sentences(question, heard.sentences)
            cases.append(Case(question.lang, heard.aligned, heard.read, heard.retrieved, right))
            found = words_case(question, heard, right, reader)
            if found is not None:
                words.append(found)
    fitted = fit_sentences(cases)
    for name, weights in (
        ("alignment alone", Combination(alignment=1.0, transformer=0.0)),
        ("transformer alone", Combination()),
        ("combined", fitted),
    ):
        report(name, cases, weights)
    share, f1 = fit_stretches(words)
    answerable = [proposed(case, fitted) for case in cases if case.right.max() > 0]
    threshold = float(np.quantile(answerable, WRONGLY_REFUSED))
    log.info("stretches F1 %.3f, threshold %.3f", f1, threshold)
    save_combination(
        replace(fitted, stretch_alignment=1.0, stretch_transformer=share, threshold=threshold), arguments.reader
    )


if __name__ == "__main__":
    main()
