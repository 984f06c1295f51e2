"""The things that travel between modules: articles, passages, hits, citations, answers.

All are frozen. Offsets count Unicode code points in ``Article.text``; ``end`` is exclusive.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text: ``text[start:end]``."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it was read; ``text`` is never altered after reading.

    ``language`` is an ISO 639-1 code, ``date`` an ISO 8601 day or None, ``source`` a URL or publisher or None.
    """

    id: str
    title: str
    text: str
    language: str
    date: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of an article: ``chunk.text == article.text[chunk.start:chunk.end]``."""

    article_id: str
    start: int
    end: int
    text: str
    language: str
    title: str
    date: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles a search may look at; None means no restriction.

    ``since`` and ``until`` are inclusive ISO 8601 days; an article without a date fails both.
    """

    article_ids: frozenset[str] | None = None
    languages: frozenset[str] | None = None
    since: str | None = None
    until: str | None = None

    def __bool__(self) -> bool:
        return self != Filter()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question; ``score`` is in [0, 1], best 1.

    ``copies`` names the other articles in which (nearly) the same passage stands: one witness, not several.
    """

    chunk: Chunk
    score: float
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a reader proposes: words that may answer, inside a sentence of a hit.

    ``span`` and ``sentence`` are offsets in the article's text; ``probability`` in [0, 1] says how likely it is
    that this sentence answers the question.
    """

    hit: Hit
    span: Span
    sentence: Span
    probability: float


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote and its place: ``quote == article.text[start:end]``; ``number`` counts from 1 in an answer."""

    number: int
    article_id: str
    title: str
    quote: str
    start: int
    end: int
    score: float
    source: str | None
    date: str | None


@dataclass(frozen=True, slots=True)
class Alternative:
    """What another article answers: the same (``agrees``) or something else, with its own citations."""

    text: str
    agrees: bool
    confidence: float
    citations: tuple[Citation, ...]


class Abstention(str, Enum):
    """Why a question was not answered."""

    EMPTY_QUESTION = "empty question"
    NOTHING_ON_TOPIC = "nothing on this topic"
    FACT_NOT_STATED = "topic found, fact not stated"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its citations, or an abstention (no citations, empty ``text``, a ``reason``).

    ``text`` is the shortest verbatim span, ``confidence`` the calibrated probability, in [0, 1], that one of its quotes
    answers or another sentence that says the same; ``interpretation`` is the question as looked up (a follow-up made to
    stand alone); ``message`` is what a person is told, in the question's ``language``. ``hits`` are the passages read,
    the likeliest to answer first; their score is the probability that they do.
    """

    question: str
    interpretation: str
    language: str
    text: str
    confidence: float
    citations: tuple[Citation, ...]
    alternatives: tuple[Alternative, ...]
    hits: tuple[Hit, ...]
    message: str
    reason: Abstention | None = None

    @property
    def answered(self) -> bool:
        return bool(self.citations)

    def to_dict(self) -> dict[str, Any]:
        """The public fields as plain JSON values: what ``--json``, HTTP and MCP give."""
        return {
            "answered": self.answered,
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "citations": [dataclasses.asdict(citation) for citation in self.citations],
            "alternatives": [dataclasses.asdict(alternative) for alternative in self.alternatives],
            "hits": [dataclasses.asdict(hit) for hit in self.hits],
        }


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file (or a line of one) that was not indexed, and why, in one line."""

    path: str
    reason: str
