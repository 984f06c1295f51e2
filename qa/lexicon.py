"""Knows which French and English stems mean the same, and how rare each is: a small table learnt from translations.

It lets an English question find French words by BM25 and be matched word by word with a French sentence. Made by
``training/lexicon.py``. A language it does not hold simply has no translations.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from qa.errors import ModelUnavailable

LEXICON = Path(__file__).parent / "models" / "lexicon" / "lexicon.tsv.gz"
_SYNONYM_FLOOR = 0.04  # weaker paraphrases through the other language are noise
_OTHER = {"en": "fr", "fr": "en"}


class Lexicon:
    """Translations, paraphrases and rarities of stems (as :func:`qa.analysis.stem` makes them)."""

    def __init__(
        self,
        forward: Mapping[tuple[str, str], Mapping[str, float]],
        counts: Mapping[tuple[str, str], int],
        sentences: int,
    ) -> None:
        """``forward[language, stem]`` maps stems of the other language to probabilities.

        ``counts[language, stem]`` says in how many of the ``sentences`` a stem stood.
        """
        self._forward = forward
        self._counts = counts
        self._rarest = math.log(1 + sentences)

    def translations(self, stem: str, source: str, target: str) -> Mapping[str, float]:
        """Stems of ``target`` that translate ``stem``, with probabilities in (0, 1] that sum to at most 1."""
        if _OTHER.get(source) != target:
            return {}
        return self._forward.get((source, stem), {})

    def synonyms(self, stem: str, language: str) -> Mapping[str, float]:
        """Stems of the same language reached through the other one (Bannard & Callison-Burch, 2005).

        Values are probabilities in (0, 1]; the stem itself is not among them.
        """
        found: dict[str, float] = defaultdict(float)
        other = _OTHER.get(language, "")
        for pivot, there in self.translations(stem, language, other).items():
            for back, again in self.translations(pivot, other, language).items():
                found[back] += there * again
        found.pop(stem, None)
        return {word: weight for word, weight in found.items() if weight >= _SYNONYM_FLOOR}

    def rarity(self, stem: str, language: str) -> float:
        """How much ``stem`` tells, in (0, 1]: its inverse sentence frequency; 1 for a stem never seen."""
        seen = self._counts.get((language, stem), 0)
        return max(0.05, 1 - math.log(1 + seen) / self._rarest)


@lru_cache
def load_lexicon(path: Path = LEXICON) -> Lexicon:
    """Read the table. Raises ``ModelUnavailable`` when it is missing or damaged."""
    forward: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    counts: dict[tuple[str, str], int] = {}
    sentences = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                kind, *fields = line.rstrip("\n").split("\t")
                if kind == "=":
                    left, right, to_french, to_english = fields
                    forward["en", left][right] = float(to_french)
                    forward["fr", right][left] = float(to_english)
                elif kind == "n":
                    sentences = int(fields[0])
                else:
                    counts[kind, fields[0]] = int(fields[1])
        if sentences < 1:
            raise ValueError("it does not say how many sentences it was learnt from")
    except (OSError, EOFError, ValueError, IndexError, zlib.error) as error:
        raise ModelUnavailable(f"cannot read the lexicon {path}: {error}; reinstall qa") from error
    return Lexicon(forward, counts, sentences)
