"""Turns newsroom questions into examples: choices described by the reader's own features, the right ones marked.

The passages are those that retrieval really returns, over all articles and over small folders of a few.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa import evidence, spans
from qa.assembly import question_language
from qa.evaluation.metrics import token_f1
from qa.lexicon import Lexicon
from qa.matching import question_words
from qa.questions import read_question
from qa.reading import AlignmentReader
from qa.records import Filter, Hit, Span
from qa.retrieval import Retriever
from qa.stores.local import LocalStore
from training.newsroom import Question, RememberingEmbedder
from training.split import Part, group_of

PASSAGES = 8
SMALL_FOLDER = 6  # articles in a small folder
NEGATIVE_STRETCHES = 60  # wrong stretches kept of each sentence
SEED = 20_26

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Example:
    """Choices described, and which of them are right: ``features`` (n, f), ``right`` (n,) in [0, 1]."""

    part: Part
    lang: str
    features: NDArray[np.float32]
    right: NDArray[np.float32]


def right_sentences(question: Question, sentences: Sequence[evidence.Sentence]) -> NDArray[np.float32]:
    """1 for the evidence, and for a sentence on the same event that holds a gold answer; else 0. Shape (n,)."""
    right = np.zeros(len(sentences), dtype=np.float32)
    if question.evidence is None:
        return right
    for i, sentence in enumerate(sentences):
        same_event = group_of(sentence.hit.chunk.article_id) == group_of(question.article_id)
        quoted = sentence.text in question.evidence or question.evidence in sentence.text
        right[i] = same_event and (quoted or any(len(a) > 3 and a in sentence.text for a in question.answers))
    return right


def examples(
    questions: Sequence[Question],
    store: LocalStore,
    embedder: RememberingEmbedder,
    lexicon: Lexicon,
    reader: AlignmentReader,
) -> tuple[list[Example], list[Example]]:
    """Examples for choosing sentences and for choosing stretches."""
    dice = random.Random(SEED)
    retriever = Retriever(store, embedder, lexicon)
    article_ids = [entry.id for entry in store.articles()]
    for_sentences: list[Example] = []
    for_stretches: list[Example] = []
    for number, question in enumerate(questions):
        if number % 500 == 0:
            log.info("%d of %d questions", number, len(questions))
            embedder.save()
        same_event = {other for other in article_ids if group_of(other) == group_of(question.article_id)}
        folder = frozenset(same_event | set(dice.sample(article_ids, SMALL_FOLDER - len(same_event))))
        language = question_language(question.question)
        for where in (Filter(), Filter(article_ids=folder)):
            hits = retriever.search(question.question, language=language, k=PASSAGES, where=where)
            example = sentence_example(question, language, hits, reader, lexicon)
            if example is not None:
                for_sentences.append(example)
        if question.answers:
            stretch = stretch_example(question, language, store, lexicon)
            if stretch is not None:
                for_stretches.append(stretch)
    return for_sentences, for_stretches


def sentence_example(
    question: Question, language: str, hits: Sequence[Hit], reader: AlignmentReader, lexicon: Lexicon
) -> Example | None:
    sentences = evidence.sentences_of(hits)
    if not sentences:
        return None
    words = question_words(question.question, language, lexicon, passages_in={hit.chunk.language for hit in hits})
    reading = read_question(question.question, language)
    features = reader.describe(question.question, sentences, words, reading, language)
    return Example(question.part, question.lang, features, right_sentences(question, sentences))


def stretch_example(question: Question, language: str, store: LocalStore, lexicon: Lexicon) -> Example | None:
    """All stretches of the evidence, each as right as its token F1 with the gold answers; most wrong ones left out."""
    article = store.article(question.article_id)
    if article is None or question.evidence is None or question.evidence not in article.text:
        return None
    start = article.text.index(question.evidence)
    pieces = spans.cut(article.text, Span(start, start + len(question.evidence)), article.language)
    stretches = spans.propose(pieces)
    texts = [spans.words_of(pieces, stretch).of(article.text) for stretch in stretches]
    right = np.array([token_f1(text, question.answers) for text in texts], dtype=np.float32)
    if not len(right) or right.max() < 0.5:
        return None
    wrong = np.random.default_rng(len(texts)).permutation(np.flatnonzero(right < 0.5))
    kept = np.concatenate([np.flatnonzero(right >= 0.5), wrong[:NEGATIVE_STRETCHES]])
    words = question_words(question.question, language, lexicon, passages_in=[article.language])
    reading = read_question(question.question, language)
    features = spans.describe(pieces, stretches[kept], words, reading, article.language)
    return Example(question.part, question.lang, features, right[kept])
