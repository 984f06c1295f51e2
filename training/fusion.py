"""Measures how much dense and lexical scores should count, of a passage and around it: recall@8 and MRR@10.

Copies are not collapsed as a search does.

python -m training.fusion --work DIR
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from qa.assembly import question_language
from qa.ranking import WEIGHTS, Candidates, Weights, rank
from qa.records import Filter
from qa.retrieval import DEPTH
from training.newsroom import Question, load_questions, open_search
from training.split import Part, group_of

NAMES = ("dense", "lexical", "dense_around", "lexical_around")
CHOICES = (  # in the order of the names
    (1, 0, 0, 0),
    (0, 1, 0, 0),
    (0.7, 0.3, 0, 0),
    (0.5, 0.5, 0, 0),
    (0.3, 0.7, 0, 0),
    (0.25, 0.25, 0.25, 0.25),
    (0.3, 0, 0.1, 0.6),
    (0.3, 0.1, 0.1, 0.5),
    (0.25, 0.125, 0.125, 0.5),
    (0.2, 0.2, 0.1, 0.5),
    (0.25, 0.125, 0, 0.625),
    (0.2, 0.1, 0.3, 0.4),
    (0.35, 0.15, 0.1, 0.4),
    (0.15, 0.1, 0.15, 0.6),
)


def rank_of_answer(question: Question, candidates: Candidates, weights: Weights) -> int | None:
    """The rank of the first passage on the right event that holds a gold answer, from 1; None beyond the tenth."""
    ranked = [candidates.chunks[one.row] for one in rank(candidates, weights)[:10]]
    right = (
        i
        for i, chunk in enumerate(ranked, start=1)
        if group_of(chunk.article_id) == group_of(question.article_id)
        and any(answer in chunk.text for answer in question.answers)
    )
    return next(right, None)


def figures(ranks: Sequence[int | None]) -> tuple[float, float]:
    """recall@8 and MRR@10."""
    return (
        sum(place is not None and place <= 8 for place in ranks) / len(ranks),
        sum(1 / place for place in ranks if place) / len(ranks),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for the newsroom's index")
    work: Path = parser.parse_args().work
    questions = [q for q in load_questions() if q.answers and q.part is Part.DEV]  # the embedder knows the others
    search = open_search(work, questions)
    cases = [
        (question, search.retriever.candidates(question.question, language=language, k=DEPTH, where=Filter()))
        for question in questions
        for language in [question_language(question.question)]
    ]
    print(f"{len(questions)} questions, {len(search.store)} passages\n")
    print(*NAMES, "recall@8 en", "fr", "MRR@10 en", "fr", sep=" | ")
    for shares in CHOICES:
        weights = Weights(**dict(zip(NAMES, shares, strict=True)))
        ranks = [(question.lang, rank_of_answer(question, candidates, weights)) for question, candidates in cases]
        by_language = [figures([place for lang, place in ranks if lang == wanted]) for wanted in ("en", "fr")]
        values = " | ".join(f"{value:.3f}" for measure in zip(*by_language, strict=True) for value in measure)
        print(" | ".join(f"{share:.3f}" for share in shares), values, "(kept)" if weights == WEIGHTS else "", sep=" | ")


if __name__ == "__main__":
    main()
