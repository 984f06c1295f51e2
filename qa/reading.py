"""Reads the passages found for a question: picks the sentences that answer it and the words that do, or none.

Three witnesses are heard: a question-answering transformer (``transformer``), which knows language, the alignment of
words (``alignment``), which knows what was asked, and retrieval, which knows the other passages. A few weights, fitted
on questions that no model has learnt from, make one probability of their scores.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.alignment import AlignmentScorer
from qa.errors import ModelUnavailable
from qa.evidence import Sentence, sentences_of
from qa.lexicon import Lexicon
from qa.marking import mark
from qa.matching import Word, question_words
from qa.questions import Expected, QuestionReading, read_question
from qa.records import Candidate, Hit, Span
from qa.scoring import softmax_with_none
from qa.spans import Pieces, cut, propose, whole_quantity, words_of
from qa.transformer import PieceScores, SpanScorer
from qa.windows import Text

READER = Path(__file__).parent / "models" / "reader"
_COMBINATION = "combination.json"
MOST_CANDIDATES = 10
_QUANTITIES = frozenset((Expected.NUMBER, Expected.MONEY, Expected.DURATION))


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """How much each witness counts; the defaults hear the transformer alone.

    A sentence's logit against "none answers" (0) is ``alignment * a + transformer * t + retrieval * r + bias``, where
    ``r`` is its hit's score; a stretch's is ``stretch_alignment * a + stretch_transformer * t``. An answer is shown
    from the probability ``threshold`` on.
    """

    alignment: float = 0.0
    transformer: float = 1.0
    retrieval: float = 0.0
    bias: float = 0.0
    stretch_alignment: float = 0.0
    stretch_transformer: float = 1.0
    threshold: float = 0.5

    def sentence_logits(
        self, aligned: NDArray[np.float32], read: NDArray[np.float32], retrieved: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The logits of sentences of which alignment, transformer and retrieval say so much: shapes (n,)."""
        logits = self.alignment * aligned + self.transformer * read + self.retrieval * retrieved + self.bias
        return np.asarray(logits, dtype=np.float32)

    def stretch_logits(self, aligned: NDArray[np.float32], read: NDArray[np.float32]) -> NDArray[np.float32]:
        """The same of stretches, on which retrieval has no say: shapes (n,)."""
        return np.asarray(self.stretch_alignment * aligned + self.stretch_transformer * read, dtype=np.float32)


@dataclass(frozen=True)
class Heard:
    """The sentences of some hits with what each witness says of them (n,), and each hit's piece scores."""

    sentences: Sequence[Sentence]
    words: list[Word]
    reading: QuestionReading
    aligned: NDArray[np.float32]
    read: NDArray[np.float32]
    retrieved: NDArray[np.float32]
    scores: Sequence[PieceScores]


class CombinedReader:
    """A ``Reader``; ``language_of`` tells a question's language."""

    def __init__(
        self,
        spans: SpanScorer,
        alignment: AlignmentScorer,
        lexicon: Lexicon,
        combination: Combination,
        *,
        language_of: Callable[[str], str],
    ) -> None:
        self._spans = spans
        self._alignment = alignment
        self._lexicon = lexicon
        self._combination = combination
        self._language_of = language_of

    @property
    def threshold(self) -> float:
        return self._combination.threshold

    def read(self, question: str, hits: Sequence[Hit]) -> list[Candidate]:
        """The best sentences of the hits with the words that answer, most probable first.

        The probabilities of all sentences and that of "none answers" sum to 1.
        """
        heard = self.hear(question, hits)
        if heard is None:
            return []
        probabilities = softmax_with_none(self._combination.sentence_logits(heard.aligned, heard.read, heard.retrieved))
        best = np.argsort(-probabilities, kind="stable")[:MOST_CANDIDATES]
        return [
            Candidate(
                heard.sentences[i].hit,
                self._answer_words(heard.sentences[i], heard),
                heard.sentences[i].place,
                float(probabilities[i]),
            )
            for i in best
        ]

    def hear(self, question: str, hits: Sequence[Hit]) -> Heard | None:
        """What the witnesses say of each sentence of the hits; None where there is nothing to read."""
        sentences = sentences_of(hits)
        if not sentences:
            return None
        language = self._language_of(question)
        reading = read_question(question, language)
        words = question_words(question, language, self._lexicon, passages_in={hit.chunk.language for hit in hits})
        scores = self._spans.score([self._text(question, hit, words) for hit in hits])
        return Heard(
            sentences,
            words,
            reading,
            self._alignment.score_sentences(sentences, words, reading, language),
            np.array([scores[one.rank].best_within(one.span) for one in sentences], dtype=np.float32),
            np.array([one.hit.score for one in sentences], dtype=np.float32),
            scores,
        )

    def hear_stretches(
        self, pieces: Pieces, stretches: NDArray[np.int64], sentence: Sentence, heard: Heard
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What the alignment and the transformer say of stretches (n, 2) of a sentence's pieces: shapes (n,)."""
        language = sentence.hit.chunk.language
        aligned = self._alignment.score_stretches(pieces, stretches, heard.words, heard.reading, language)
        places = [words_of(pieces, stretch) for stretch in stretches]
        return aligned, heard.scores[sentence.rank].of_stretches(places)

    def _text(self, question: str, hit: Hit, words: Sequence[Word]) -> Text:
        text = Text(question, hit.chunk.title, hit.chunk.text)
        if not self._spans.wants_marks:
            return text
        return replace(text, marks=mark(words, text.context, hit.chunk.language))

    def _answer_words(self, sentence: Sentence, heard: Heard) -> Span:
        """The stretch of the sentence that answers, in the article's offsets; the whole sentence if none can."""
        chunk = sentence.hit.chunk
        pieces = cut(chunk.text, sentence.span, chunk.language)
        stretches = propose(pieces)
        if not len(stretches):
            return sentence.place
        aligned, read = self.hear_stretches(pieces, stretches, sentence, heard)
        best = stretches[int(np.argmax(self._combination.stretch_logits(aligned, read)))]
        counted = heard.reading.expected in _QUANTITIES
        words_there = whole_quantity(chunk.text, pieces, best) if counted else words_of(pieces, best)
        return Span(chunk.start + words_there.start, chunk.start + words_there.end)


def load_combination(folder: Path = READER) -> Combination:
    """Read the weights fitted for the shipped reader. Raises ``ModelUnavailable``."""
    try:
        weights = json.loads((folder / _COMBINATION).read_text(encoding="utf-8"))
        names = [field.name for field in fields(Combination)]
        if not isinstance(weights, dict) or weights.keys() != set(names):
            raise ValueError(f"{_COMBINATION} must give {', '.join(names)}")
        return Combination(**{name: float(weight) for name, weight in weights.items()})
    except (OSError, ValueError, TypeError) as error:
        raise ModelUnavailable(f"cannot read the reader in {folder}: {error}; reinstall qa") from error


def save_combination(combination: Combination, folder: Path = READER) -> None:
    """Write the weights beside the reader's."""
    rounded = {name: round(value, 4) for name, value in asdict(combination).items()}
    (folder / _COMBINATION).write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
