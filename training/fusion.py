"""Measures how much meaning and words should count, in a passage and around it: recall@8 and MRR@10 by their weights.

python -m training.fusion --work DIR
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from qa.assembly import load_chosen_embedder, question_language
from qa.lexicon import load_lexicon
from qa.ranking import WEIGHTS, Found, Weights, rank
from qa.records import Filter
from qa.retrieval import CANDIDATES, Retriever
from qa.settings import load_settings
from training.newsroom import Question, RememberingEmbedder, load_questions, open_newsroom
from training.split import Part, group_of

CHOICES = (
    WEIGHTS,
    Weights(1, 0, 0, 0),
    Weights(0, 1, 0, 0),
    Weights(0.7, 0.3, 0, 0),
    Weights(0.5, 0.5, 0, 0),
    Weights(0.3, 0.7, 0, 0),
    Weights(0.25, 0.25, 0.25, 0.25),
    Weights(0.3, 0, 0.1, 0.6),
    Weights(0.2, 0.2, 0.1, 0.5),
    Weights(0.25, 0.125, 0, 0.625),
    Weights(0.2, 0.1, 0.3, 0.4),
    Weights(0.35, 0.15, 0.1, 0.4),
    Weights(0.15, 0.1, 0.15, 0.6),
)


def rank_of_answer(question: Question, found: Found, weights: Weights) -> int | None:
    """The rank of the first passage on the right event that holds a gold answer, from 1; None beyond the tenth."""
    ranked = [found.chunks[one.row] for one in rank(found, weights)[:10]]
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
        sum(rank is not None and rank <= 8 for rank in ranks) / len(ranks),
        sum(1 / rank for rank in ranks if rank) / len(ranks),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for the newsroom's index")
    work: Path = parser.parse_args().work
    settings = load_settings(store=work / "index")
    embedder = RememberingEmbedder(load_chosen_embedder(settings), work / "vectors.safetensors")
    store = open_newsroom(settings, embedder)
    retriever = Retriever(store, embedder, load_lexicon())
    questions = [q for q in load_questions() if q.answers and q.part is Part.DEV]  # the embedder knows the others
    embedder.embed_questions([question.question for question in questions])
    cases = [
        (question, retriever.find(question.question, language=language, k=CANDIDATES, where=Filter()))
        for question in questions
        for language in [question_language(question.question)]
    ]
    print(f"{len(questions)} questions, {len(store)} passages\n")
    print("dense | lexical | around: dense | lexical | recall@8 en | fr | MRR@10 en | fr")
    for weights in CHOICES:
        by_language = [
            figures([rank_of_answer(question, found, weights) for question, found in cases if question.lang == lang])
            for lang in ("en", "fr")
        ]
        values = " | ".join(f"{value:.3f}" for measure in zip(*by_language, strict=True) for value in measure)
        print(
            f"{weights.dense:.3f} | {weights.lexical:.3f} | {weights.dense_around:.3f} | {weights.lexical_around:.3f}"
            f" | {values}"
        )


if __name__ == "__main__":
    main()
