"""Marks, for a reading transformer, which words of a question and of a passage stand for each other.

The marks enter the model as token types, of which BERT has two and ours eight. A small model with little training finds
an answer far sooner when it need not learn first that "ministre" is a minister (a word-match input, as in DrQA, Chen et
al., 2017, but across languages).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from qa.analysis import is_stop_word, stem, tokens
from qa.matching import Word
from qa.records import Span

_FOUND = 0.3  # from this likeness on a word of the question counts as found
_STRONG = 0.6  # and from here on it counts for much
_RARE = 0.5  # rarity of a word that few texts hold, in (0, 1]


class Mark(IntEnum):
    """The token types of the shipped reader."""

    QUESTION = 0  # and what separates it from the passage
    PASSAGE = 1
    FOUND = 2  # a word of the question that the passage holds
    MISSING = 3  # one that it does not
    WEAK = 4  # a word of the passage that may stand for one of the question
    STRONG = 5  # one that does
    RARE = 6  # one that does, for a rare word
    TITLE = 7  # of the article, where it matches nothing


@dataclass(frozen=True, slots=True)
class Marked:
    """Words to be marked, by their place in the question and in the passage; all others have the default mark."""

    question: tuple[tuple[Span, Mark], ...]
    passage: tuple[tuple[Span, Mark], ...]


def mark(words: Sequence[Word], passage: str, language: str) -> Marked:
    """Where question and passage (a title may stand before it) match; ``language`` is the passage's."""
    found = [0.0] * len(words)
    in_passage: list[tuple[Span, Mark]] = []
    for token in tokens(passage):
        if is_stop_word(token.text, language):
            continue
        here = {stem(token.text, language)}
        matches = [word.match(here, language) for word in words]
        best = max(range(len(words)), key=matches.__getitem__, default=None)
        if best is None or matches[best] < _FOUND:
            continue
        found = [max(old, new) for old, new in zip(found, matches, strict=True)]
        strong = Mark.RARE if words[best].rarity >= _RARE else Mark.STRONG
        in_passage.append((Span(token.start, token.end), strong if matches[best] >= _STRONG else Mark.WEAK))
    in_question = tuple(
        (Span(word.token.start, word.token.end), Mark.FOUND if match >= _FOUND else Mark.MISSING)
        for word, match in zip(words, found, strict=True)
    )
    return Marked(in_question, tuple(in_passage))
