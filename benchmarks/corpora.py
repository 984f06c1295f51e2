"""The articles that ship with the repository, and the questions asked of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.evaluation.questions import Question, load_questions
from training.split import Part, part_of

_SEED = 20_26


@dataclass(frozen=True, slots=True)
class Corpus:
    """Articles with a question set over them; of the newsroom only the questions of its test part are asked."""

    name: str
    articles: Path
    questions: Path
    split: bool = False

    @property
    def missing(self) -> list[str]:
        return [str(path) for path in (self.articles, self.questions) if not path.exists()]


NEWSROOM = Corpus("newsroom", Path("newsroom/articles.jsonl"), Path("newsroom/questions.jsonl"), split=True)
SEEDS = Corpus("seeds", Path("seeds"), Path("tests/questions.jsonl"))


def questions_of(corpus: Corpus, *, every: int) -> list[Question]:
    """What is asked of the corpus, thinned out. Raises ``BadInput``."""
    questions = load_questions(corpus.questions)
    if corpus.split:
        # The newsroom names the article of an unanswerable question, too.
        questions = [one for one in questions if all(part_of(name) is Part.TEST for name in one.article_ids)]
    return thinned(questions, every=every)


def thinned(questions: Sequence[Question], *, every: int) -> list[Question]:
    """One question in ``every`` of each language, answerable or not, by a fixed chance and in the order given.

    Not every n-th: the question sets alternate languages and kinds, and some n would meet one of them only.
    """
    order = list(questions)
    random.Random(_SEED).shuffle(order)
    met: Counter[tuple[str, bool]] = Counter()
    kept = set()
    for question in order:
        kind = (question.lang, question.answerable)
        if met[kind] % every == 0:
            kept.add(question.id)
        met[kind] += 1
    return [question for question in questions if question.id in kept]
