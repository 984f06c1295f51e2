"""Tiny articles and indexes whose vectors and scores can be worked out by eye."""

from collections.abc import Sequence

import numpy as np

from qa.protocols import Addition, Change, Manifest
from qa.records import Article, Chunk, Filter
from qa.stores.local import LocalStore
from qa.stores.schema import FORMAT

EVERYTHING = Filter()


def manifest(*, dimension: int = 2, embedder: str = "by-eye") -> Manifest:
    return Manifest(FORMAT, embedder, "f0", dimension, chunk_size=600, chunk_overlap=120)


def addition(
    article_id: str,
    *passages: tuple[str, Sequence[float]],
    language: str = "en",
    date: str | None = None,
    dimension: int = 2,
) -> Addition:
    """An article whose text is its passages joined by a blank; the terms of a passage are its words."""
    text = " ".join(passage for passage, _ in passages)
    article = Article(article_id, f"title of {article_id}", text, language, date, source=None)
    chunks, start = [], 0
    for passage, _ in passages:
        end = start + len(passage)
        chunks.append(Chunk(article_id, start, end, passage, language, article.title, date, None))
        start = end + 1
    vectors = np.array([vector for _, vector in passages], dtype=np.float32).reshape(len(passages), dimension)
    return Addition(article, chunks, vectors, [passage.split() for passage, _ in passages])


def add(store: LocalStore, *additions: Addition) -> None:
    store.apply(Change(additions=additions))


def add_winds(store: LocalStore) -> None:
    """Three articles: east in English of 1 May, north in French of 2 May, both in English without a date."""
    add(
        store,
        addition("east", ("sun rises", [1, 0]), date="2024-05-01"),
        addition("north", ("ours polaire", [0, 1]), language="fr", date="2024-05-02"),
        addition("both", ("wind rose", [0.6, 0.8]), ("sun rose", [0.8, 0.6])),
    )


def found(store: LocalStore, vector: Sequence[float], *, k: int = 10, where: Filter = EVERYTHING) -> list[str]:
    """The texts of the nearest passages, best first."""
    hits = store.dense(np.array(vector, dtype=np.float32), k=k, where=where)
    chunks = store.chunks([hit.row for hit in hits])
    return [chunks[hit.row].text for hit in hits]


def worded(store: LocalStore, *terms: str, k: int = 10, where: Filter = EVERYTHING) -> list[str]:
    """The texts of the passages with these words, best first."""
    hits = store.lexical(dict.fromkeys(terms, 1.0), k=k, where=where)
    chunks = store.chunks([hit.row for hit in hits])
    return [chunks[hit.row].text for hit in hits]
