"""Measures how much the dense ranking should count beside the lexical one: recall@8 and MRR@10 by its weight.

python -m training.fusion --work DIR
"""

from __future__ import annotations

import argparse
from pathlib import Path

from qa.assembly import load_chosen_embedder, question_language
from qa.lexicon import load_lexicon
from qa.protocols import Ranked
from qa.records import Filter
from qa.retrieval import CANDIDATES, Retriever, fuse
from qa.settings import load_settings
from training.newsroom import Question, RememberingEmbedder, load_questions, open_newsroom
from training.split import Part, group_of

WEIGHTS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)


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
    rankings: list[tuple[Question, list[Ranked], list[Ranked]]] = []
    for question in questions:
        language = question_language(question.question)
        rankings.append((question, *retriever.rank(question.question, language=language, k=CANDIDATES, where=Filter())))
    rows = {ranked.row for _, dense, lexical in rankings for ranked in (*dense, *lexical)}
    chunks = store.chunks(sorted(rows))
    print(f"{len(questions)} questions\n\ndense weight | recall@8 en | fr | MRR@10 en | fr")
    for weight in WEIGHTS:
        ranks: dict[str, list[int | None]] = {"en": [], "fr": []}
        for question, dense, lexical in rankings:
            fused = [chunks[ranked.row] for ranked in fuse(dense, lexical, dense_weight=weight)[:10]]
            right = (
                i
                for i, chunk in enumerate(fused, start=1)
                if group_of(chunk.article_id) == group_of(question.article_id)
                and any(answer in chunk.text for answer in question.answers)
            )
            ranks[question.lang].append(next(right, None))
        recall = [sum(r is not None and r <= 8 for r in ranks[lang]) / len(ranks[lang]) for lang in ("en", "fr")]
        mrr = [sum(1 / r for r in ranks[lang] if r) / len(ranks[lang]) for lang in ("en", "fr")]
        print(f"{weight:.1f} | " + " | ".join(f"{value:.3f}" for value in (*recall, *mrr)))


if __name__ == "__main__":
    main()
