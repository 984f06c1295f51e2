"""Lets an English embedder read French: each French word is replaced by its likeliest English translation.

A stand-in for a bilingual model. The word order stays French and the endings are lost, which an embedder forgives; the
gloss has half as many word pieces as French text has for an English tokenizer, so that it is embedded faster, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from qa.analysis import is_stop_word, stem, tokens
from qa.language import detect_language
from qa.lexicon import Lexicon
from qa.protocols import Embedder, Progress, Vectors

_VERSION = "1"  # to be raised whenever the gloss of a text changes
_READ = ("en", "fr")


class GlossingEmbedder:
    """An ``Embedder`` that glosses French texts before it hands them to an English one."""

    def __init__(self, embedder: Embedder, lexicon: Lexicon) -> None:
        self._embedder = embedder
        self._lexicon = lexicon

    @property
    def name(self) -> str:
        return f"{self._embedder.name}, French glossed"

    @property
    def fingerprint(self) -> str:
        told = f"{self._embedder.fingerprint} {self._lexicon.fingerprint} {_VERSION}"
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed_passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Shape (len(texts), dimension), float32, unit rows."""
        return self._embedder.embed_passages([self._readable(text) for text in texts], progress=progress)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, unit rows."""
        return self._embedder.embed_questions([self._readable(text) for text in texts])

    def _readable(self, text: str) -> str:
        return gloss(text, self._lexicon) if detect_language(text, among=_READ) == "fr" else text


def gloss(text: str, lexicon: Lexicon) -> str:
    """The meaningful words of a French text in English, one by one; a word without a translation stays as it is."""
    words = [token.text for token in tokens(text) if not is_stop_word(token.text, "fr")]
    return " ".join(lexicon.english_word(stem(word, "fr")) or word for word in words) or text
