"""Scores sentences, and the words inside them, by how they align with the question's words across languages.

Weighs what can be seen: which words of the question the sentence and its surroundings hold (``matching``) and whether
it offers the kind of thing asked (``questions``, ``evidence``, ``spans``). Two very small networks (``scoring``) weigh
it; ``training/alignment.py`` made them. Knows nothing of grammar and does not reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.errors import ModelUnavailable
from qa.evidence import SENTENCE_FEATURES, Sentence, describe_sentences
from qa.matching import Word
from qa.questions import QuestionReading
from qa.scoring import Scorer
from qa.spans import STRETCH_FEATURES, Pieces, describe_stretches

ALIGNMENT = Path(__file__).parent / "models" / "alignment-reader"


@dataclass(frozen=True)
class AlignmentScorer:
    """A scorer of sentences and one of stretches of their words."""

    sentence: Scorer
    stretch: Scorer

    def score_sentences(
        self, sentences: Sequence[Sentence], words: Sequence[Word], reading: QuestionReading, language: str
    ) -> NDArray[np.float32]:
        """Logits of the sentences against "none answers" (0): shape (n,); ``language`` is the question's."""
        return self.sentence.score(describe_sentences(sentences, words, reading, language))

    def score_stretches(
        self,
        pieces: Pieces,
        stretches: NDArray[np.int64],
        words: list[Word],
        reading: QuestionReading,
        language: str,
    ) -> NDArray[np.float32]:
        """Logits of stretches (n, 2) of a sentence in ``language``, comparable among each other only: shape (n,)."""
        return self.stretch.score(describe_stretches(pieces, stretches, words, reading, language))


def load_alignment(folder: Path = ALIGNMENT) -> AlignmentScorer:
    """Read the two networks. Raises ``ModelUnavailable``."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays = load_file(folder / "model.safetensors")
        sentence, stretch = (
            Scorer(**{field.name: arrays[f"{name}.{field.name}"] for field in fields(Scorer)})
            for name in ("sentence", "stretch")
        )
        for scorer, count in ((sentence, SENTENCE_FEATURES), (stretch, STRETCH_FEATURES)):
            if len(scorer.mean) != count:
                raise ValueError(f"a scorer of {len(scorer.mean)} features, not {count}")
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelUnavailable(f"cannot read the alignment reader in {folder}: {error}; reinstall qa") from error
    return AlignmentScorer(sentence, stretch)
