"""The sockets: what an embedder, a store and a reader must do to be plugged in.

A part fits by its shape alone; no base class is needed. ``qa/assembly.py`` is where parts are chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa.records import Article, Candidate, Chunk, Filter, Hit

Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]  # (done, total)


class Embedder(Protocol):
    """Turns text into unit vectors whose inner product is the cosine."""

    @property
    def name(self) -> str:
        """As the user named it."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would: weights, pooling, prompts."""

    @property
    def dimension(self) -> int: ...

    def embed_passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Shape (len(texts), dimension), float32, each row of length 1."""

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """The same for questions, with the model's question prompt where it has one."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was made with; two indexes are compatible when these are equal."""

    format: int
    embedder: str
    fingerprint: str
    dimension: int
    chunk_size: int
    chunk_overlap: int


@dataclass(frozen=True, slots=True)
class FileState:
    """A source file as it was when last indexed.

    ``origin`` is the absolute path (or glob) the user gave, ``path`` the absolute file. ``stamp`` is the cheap
    signature (size, mtime, ctime) that tells an untouched file without reading it; ``articles`` maps its article ids to
    the digest of their content.
    """

    path: str
    origin: str
    stamp: str
    articles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Addition:
    """An article to store, replacing any of the same id: its passages, their vectors and their search terms.

    ``vectors`` has shape (len(chunks), dimension); ``terms[i]`` are the stemmed tokens of ``chunks[i]``, repeats kept.
    """

    article: Article
    chunks: Sequence[Chunk]
    vectors: Vectors
    terms: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Change:
    """One atomic step from an index to the next: all of it happens or none.

    ``removals`` are article ids. ``files`` are upserted by path, ``gone_files`` (paths) forgotten.
    """

    additions: Sequence[Addition] = ()
    removals: Sequence[str] = ()
    files: Sequence[FileState] = ()
    gone_files: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.additions or self.removals or self.files or self.gone_files)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage's number in the store and its score in one ranking, higher better."""

    row: int
    score: float


@dataclass(frozen=True, slots=True)
class ArticleEntry:
    """An article without its text, for lists; ``passages`` counts its chunks."""

    id: str
    title: str
    language: str
    date: str | None
    source: str | None
    passages: int


class Store(Protocol):
    """Keeps articles, passages, vectors and search terms; changes atomically; searches both ways."""

    @property
    def manifest(self) -> Manifest: ...

    def apply(self, change: Change) -> None:
        """Commit ``change`` as one switch; on any failure the store stays as it was."""

    def files(self) -> Mapping[str, FileState]:
        """Every indexed source file by its absolute path."""

    def dense(self, vector: NDArray[np.float32], *, k: int, where: Filter) -> list[Ranked]:
        """The ``k`` nearest passages by inner product among those that pass ``where``, best first.

        ``vector`` has shape (dimension,).
        """

    def lexical(self, terms: Mapping[str, float], *, k: int, where: Filter) -> list[Ranked]:
        """The ``k`` best passages that pass ``where`` by BM25, each term's part multiplied by its weight.

        Best first; scores above 0.
        """

    def document_frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each term occurs (0 where it does not)."""

    def chunks(self, rows: Sequence[int]) -> dict[int, Chunk]:
        """The passages of these rows by row, text read from the articles; a vanished row is left out."""

    def article(self, article_id: str) -> Article | None:
        """The article with its whole text, or None."""

    def articles(self) -> list[ArticleEntry]:
        """All articles, by id."""

    def languages(self) -> frozenset[str]:
        """The languages of the passages stored."""

    def __len__(self) -> int:
        """How many passages are stored."""

    def close(self) -> None: ...


class Reader(Protocol):
    """Finds the words that answer a question in the passages found for it."""

    @property
    def threshold(self) -> float:
        """The probability from which on a candidate should be shown as an answer."""

    def read(self, question: str, hits: Sequence[Hit]) -> list[Candidate]:
        """Candidates, most probable first, at most one a sentence; empty when there is nothing to read.

        The hits' scores are those of retrieval.
        """
