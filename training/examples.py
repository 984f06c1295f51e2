"""Turns newsroom questions into examples: choices described by the reader's own features, the right ones marked.

The passages are those that retrieval really returns, over all articles and over small folders of a few.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.assembly import question_language
from qa.evaluation.metrics import token_f1
from qa.evidence import Sentence, describe_sentences, sentences_of
from qa.lexicon import Lexicon
from qa.matching import question_words
from qa.questions import read_question
from qa.records import Filter, Hit, Span
from qa.retrieval import Retriever
from qa.spans import cut, describe_stretches, propose, words_of
from qa.stores.local import LocalStore
from training.newsroom import Question
from training.questions import place_of
from training.split import Part, group_of, part_of

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


def right_sentences(question: Question, sentences: Sequence[Sentence]) -> NDArray[np.float32]:
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
    questions: Sequence[Question], store: LocalStore, retriever: Retriever, lexicon: Lexicon
) -> tuple[list[Example], list[Example]]:
    """Examples for choosing sentences and for choosing stretches."""
    article_ids = [entry.id for entry in store.articles()]
    for_sentences: list[Example] = []
    for_stretches: list[Example] = []
    for number, question in enumerate(questions):
        if number % 500 == 0:
            log.info("%d of %d questions", number, len(questions))
        language = question_language(question.question)
        for hits in searches(question, retriever, article_ids):
            example = sentence_example(question, language, hits, lexicon)
            if example is not None:
                for_sentences.append(example)
        if question.answers:
            stretch = stretch_example(question, language, store, lexicon)
            if stretch is not None:
                for_stretches.append(stretch)
    return for_sentences, for_stretches


def searches(question: Question, retriever: Retriever, article_ids: Sequence[str]) -> Iterator[list[Hit]]:
    """What retrieval returns over all articles, and over a small folder with the right one or without it.

    Nothing is found in the test part; a training question finds nothing in the development part either.
    """
    allowed = (Part.TRAIN,) if question.part is Part.TRAIN else (Part.TRAIN, Part.DEV)
    known = [other for other in article_ids if part_of(other) in allowed]
    language = question_language(question.question)

    def search(among: Collection[str], k: int = PASSAGES) -> list[Hit]:
        where = Filter(article_ids=frozenset(among))
        return retriever.search(question.question, language=language, k=k, where=where)

    yield search(known)
    dice = random.Random(question.id)
    same_event = [other for other in known if group_of(other) == group_of(question.article_id)]
    # Half of the small folders are about one topic, as a newspaper's dossier is, half about anything.
    if dice.random() < 0.5:
        others = list(dict.fromkeys(hit.chunk.article_id for hit in search(known, k=30)))
    else:
        others = dice.sample(known, 4 * SMALL_FOLDER)
    elsewhere = [other for other in others if other not in same_event][:SMALL_FOLDER]
    yield search(elsewhere if dice.random() < 0.5 else [*same_event, *elsewhere][:SMALL_FOLDER])


def sentence_example(question: Question, language: str, hits: Sequence[Hit], lexicon: Lexicon) -> Example | None:
    sentences = sentences_of(hits)
    if not sentences:
        return None
    words = question_words(question.question, language, lexicon, passages_in={hit.chunk.language for hit in hits})
    reading = read_question(question.question, language)
    features = describe_sentences(sentences, words, reading, language)
    return Example(question.part, question.lang, features, right_sentences(question, sentences))


def stretch_example(question: Question, language: str, store: LocalStore, lexicon: Lexicon) -> Example | None:
    """All stretches of the evidence, each as right as its token F1 with the gold answers; most wrong ones left out."""
    article = store.article(question.article_id)
    if article is None or question.evidence is None or question.evidence not in article.text:
        return None
    start = article.text.index(question.evidence)
    pieces = cut(article.text, Span(start, start + len(question.evidence)), article.language)
    stretches = propose(pieces)
    golds = [
        Span(at, at + len(answer)) for answer in question.answers for at in [place_of(answer, article.text, start)]
    ]
    right = np.array([_rightness(words_of(pieces, one), golds, article.text) for one in stretches], np.float32)
    if not len(right) or right.max() < 0.5:
        return None
    wrong = np.random.default_rng(SEED).permutation(np.flatnonzero(right < 0.5))
    kept = np.concatenate([np.flatnonzero(right >= 0.5), wrong[:NEGATIVE_STRETCHES]])
    words = question_words(question.question, language, lexicon, passages_in=[article.language])
    reading = read_question(question.question, language)
    features = describe_stretches(pieces, stretches[kept], words, reading, article.language)
    return Example(question.part, question.lang, features, right[kept])


def _rightness(words: Span, golds: Sequence[Span], text: str) -> float:
    """Token F1 with the best gold answer; 0 at once for words elsewhere."""
    touching = [gold.of(text) for gold in golds if words.start < gold.end and gold.start < words.end]
    return token_f1(words.of(text), touching) if touching else 0.0
