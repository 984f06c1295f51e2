"""Measures retrieval alone: is a passage that holds the answer among those that are read?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.figures import Figure
from qa.assembly import question_language
from qa.assistant import Assistant
from qa.evaluation.metrics import contains_answer, mean
from qa.evaluation.questions import Question
from qa.protocols import Progress, Ranked
from qa.records import Chunk, Filter
from qa.retrieval import Retriever
from training.split import group_of

DEPTH = 8  # as many passages as are read by default
RANKINGS = ("hybrid", "dense alone", "lexical alone")
_EVERYTHING = Filter()


def measure_retrieval(
    assistant: Assistant, questions: Sequence[Question], progress: Progress, *, test: str
) -> list[Figure]:
    """success@8 over the answerable ``questions``, by ranking and by the language of the question."""
    retriever = Retriever(assistant.store, assistant.parts.embedder, assistant.parts.lexicon)
    asked = [question for question in questions if question.answerable]
    found: list[tuple[bool, ...]] = []
    for done, question in enumerate(asked, start=1):
        found.append(_found(question, retriever, assistant))
        progress(done, len(asked))
    languages = sorted({question.lang for question in asked})
    return [
        Figure(f"{test}, {name}", f"success@{DEPTH}", ranking, mean(each[place] for each in chosen), len(chosen))
        for name, among in (*((lang, {lang}) for lang in languages), ("all", set(languages)))
        for chosen in [[each for each, question in zip(found, asked, strict=True) if question.lang in among]]
        for place, ranking in enumerate(RANKINGS)
    ]


def _found(question: Question, retriever: Retriever, assistant: Assistant) -> tuple[bool, ...]:
    """Whether each of ``RANKINGS`` finds a passage that answers."""
    text, language = question.question, question_language(question.question)
    hits = retriever.search(text, language=language, k=DEPTH, where=_EVERYTHING)
    dense, lexical = retriever.rankings(text, language=language, k=DEPTH, where=_EVERYTHING)
    fused = any(answers(question, hit.chunk, copies=hit.copies) for hit in hits)
    return fused, _any_answers(question, dense, assistant), _any_answers(question, lexical, assistant)


def _any_answers(question: Question, ranking: Sequence[Ranked], assistant: Assistant) -> bool:
    chunks = assistant.store.chunks([ranked.row for ranked in ranking])
    return any(answers(question, chunk) for chunk in chunks.values())


def answers(question: Question, chunk: Chunk, *, copies: Iterable[str] = ()) -> bool:
    """Whether the passage holds a gold answer and stands, itself or a copy, in an article on the question's event."""
    events = {group_of(article_id) for article_id in question.article_ids}
    there = {group_of(article_id) for article_id in (chunk.article_id, *copies)}
    return bool(events & there) and contains_answer(chunk.text, question.answers)
