"""Reads the passages found for a question: picks the sentences that answer it and the words that do, or none.

Version one weighs what can be seen: how the words of the question and of the sentence align across languages
(``matching``), how close their meanings are (the embedder), whether the sentence offers the kind of thing asked
(``questions``, ``evidence``, ``spans``). Two very small networks (``scoring``) weigh it; ``training/reader.py`` made
them. It knows nothing of grammar and does not reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from qa.errors import ModelUnavailable
from qa.evidence import SENTENCE_FEATURES, Sentence, describe_sentences, sentences_of
from qa.lexicon import Lexicon
from qa.matching import Word, question_words
from qa.protocols import Embedder
from qa.questions import Expected, QuestionReading, read_question
from qa.records import Candidate, Hit, Span
from qa.scoring import Scorer, softmax_with_none
from qa.spans import STRETCH_FEATURES, cut, describe_stretches, propose, whole_quantity, words_of

READER = Path(__file__).parent / "models" / "alignment-reader"
_MOST_CANDIDATES = 10
_QUANTITIES = frozenset((Expected.NUMBER, Expected.MONEY, Expected.DURATION))


@dataclass(frozen=True)
class ReaderModel:
    """What training gives: a scorer of sentences, one of stretches of words, and the calibration of the first."""

    sentence: Scorer
    stretch: Scorer
    temperature: float
    threshold: float


class AlignmentReader:
    """A ``Reader`` that aligns words; ``language_of`` tells a question's language."""

    def __init__(
        self, model: ReaderModel, embedder: Embedder, lexicon: Lexicon, *, language_of: Callable[[str], str]
    ) -> None:
        self._model = model
        self._embedder = embedder
        self._lexicon = lexicon
        self._language_of = language_of

    @property
    def threshold(self) -> float:
        return self._model.threshold

    def read(self, question: str, hits: Sequence[Hit]) -> list[Candidate]:
        """The best sentences of the hits with the words that answer, most probable first.

        The probabilities of all sentences and that of "none answers" sum to 1.
        """
        sentences = sentences_of(hits)
        if not sentences:
            return []
        language = self._language_of(question)
        reading = read_question(question, language)
        words = question_words(question, language, self._lexicon, passages_in={hit.chunk.language for hit in hits})
        features = self.describe(question, sentences, words, reading, language)
        probabilities = softmax_with_none(self._model.sentence.score(features), self._model.temperature)
        best = np.argsort(-probabilities, kind="stable")[:_MOST_CANDIDATES]
        return [
            Candidate(
                sentences[i].hit,
                self._answer_words(sentences[i], words, reading),
                sentences[i].place,
                float(probabilities[i]),
            )
            for i in best
        ]

    def describe(
        self,
        question: str,
        sentences: Sequence[Sentence],
        words: Sequence[Word],
        reading: QuestionReading,
        language: str,
    ) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """The features of each sentence: shape (len(sentences), features)."""
        similarities = (
            self._embedder.embed_passages([sentence.text for sentence in sentences])
            @ self._embedder.embed_questions([question])[0]
        )
        return describe_sentences(sentences, similarities, words, reading, language)

    def _answer_words(self, sentence: Sentence, words: list[Word], reading: QuestionReading) -> Span:
        """The stretch of the sentence that answers, in the article's offsets; the whole sentence if none can."""
        chunk = sentence.hit.chunk
        pieces = cut(chunk.text, sentence.span, chunk.language)
        stretches = propose(pieces)
        if not len(stretches):
            return sentence.place
        scores = self._model.stretch.score(describe_stretches(pieces, stretches, words, reading, chunk.language))
        best = stretches[int(np.argmax(scores))]
        counted = reading.expected in _QUANTITIES
        words_there = whole_quantity(chunk.text, pieces, best) if counted else words_of(pieces, best)
        return Span(chunk.start + words_there.start, chunk.start + words_there.end)


def load_reader_model(folder: Path = READER) -> ReaderModel:
    """Read the networks and their calibration. Raises ``ModelUnavailable``."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays = load_file(folder / "model.safetensors")
        calibration = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        scorers = {
            name: Scorer(**{field.name: arrays[f"{name}.{field.name}"] for field in fields(Scorer)})
            for name in ("sentence", "stretch")
        }
        for name, count in (("sentence", SENTENCE_FEATURES), ("stretch", STRETCH_FEATURES)):
            if len(scorers[name].mean) != count:
                raise ValueError(f"{name} scorer of {len(scorers[name].mean)} features, not {count}")
        return ReaderModel(
            scorers["sentence"], scorers["stretch"], calibration["temperature"], calibration["threshold"]
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelUnavailable(f"cannot read the reader in {folder}: {error}; reinstall qa") from error
