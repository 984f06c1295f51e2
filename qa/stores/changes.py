"""Writes a change into the tables of the local store, inside a transaction that its caller ends."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from qa.errors import BadInput
from qa.protocols import Addition, Change, Vectors
from qa.stores import lexical
from qa.stores.schema import as_rows
from qa.stores.vectors import Rows


def check(change: Change, *, dimension: int) -> None:
    """Raise ``BadInput`` when an addition's parts do not fit together."""
    for addition in change.additions:
        article, chunks = addition.article, addition.chunks
        shape = (len(chunks), dimension)
        if addition.vectors.shape != shape or len(addition.terms) != len(chunks):
            raise BadInput(
                f"{article.id}: {len(chunks)} passages need vectors of shape {shape} and as many lists of terms, "
                f"not {addition.vectors.shape} and {len(addition.terms)}; embed it again with the index's own model"
            )
        if not np.isfinite(addition.vectors).all():
            raise BadInput(f"{article.id}: its vectors hold values that are not numbers; check the embedding model")
        for chunk in chunks:
            if chunk.article_id != article.id or chunk.text != article.text[chunk.start : chunk.end]:
                raise BadInput(f"{article.id}: a passage is not at {chunk.start}-{chunk.end}; cut the article again")


def remove_articles(connection: sqlite3.Connection, ids: Iterable[str]) -> Rows:
    """Delete articles with their passages; an unknown id is passed over. Returns the rows that are gone."""
    wanted = (json.dumps(list(ids)),)
    found = connection.execute("SELECT number FROM articles WHERE id IN (SELECT value FROM json_each(?))", wanted)
    numbers = [number for (number,) in found]
    if not numbers:
        return np.empty(0, dtype=np.int64)
    listed = (json.dumps(numbers),)
    which = "article IN (SELECT value FROM json_each(?))"
    gone = as_rows(connection.execute(f"SELECT row FROM chunks WHERE {which}", listed))
    connection.execute(f"DELETE FROM lexical WHERE rowid IN (SELECT row FROM chunks WHERE {which})", listed)
    connection.execute(f"DELETE FROM chunks WHERE {which}", listed)
    connection.execute("DELETE FROM articles WHERE number IN (SELECT value FROM json_each(?))", listed)
    return gone


def insert_articles(connection: sqlite3.Connection, additions: Sequence[Addition]) -> Rows:
    """Insert articles that are not there yet; returns the new rows in the order of all their passages."""
    (number,) = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM articles").fetchone()
    (row,) = connection.execute(
        "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'chunks'), 0) + 1"
    ).fetchone()
    connection.executemany("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?)", _articles(additions, number))
    connection.executemany("INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?)", _passages(additions, number, row))
    connection.executemany("INSERT INTO lexical (rowid, terms) VALUES (?, ?)", _contents(additions, row))
    count = sum(len(addition.chunks) for addition in additions)
    return np.arange(row, row + count, dtype=np.int64)


def stacked(additions: Sequence[Addition], *, dimension: int) -> Vectors:
    """All vectors in the order of all passages, shape (passages, dimension), float32."""
    empty = np.empty((0, dimension), dtype=np.float32)
    return np.concatenate([empty, *(addition.vectors for addition in additions)], dtype=np.float32)


def write_files(connection: sqlite3.Connection, change: Change) -> None:
    """Forget the files that are gone and remember the others as they now are."""
    connection.executemany("DELETE FROM files WHERE path = ?", [(path,) for path in change.gone_files])
    connection.executemany(
        "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
        [(file.path, file.origin, file.stamp, json.dumps(dict(file.articles))) for file in change.files],
    )


def _articles(additions: Sequence[Addition], first: int) -> Iterator[tuple[int | str | None, ...]]:
    for number, addition in enumerate(additions, first):
        article = addition.article
        yield number, article.id, article.title, article.language, article.date, article.source, article.text


def _passages(additions: Sequence[Addition], first: int, row: int) -> Iterator[tuple[int | str, ...]]:
    for number, addition in enumerate(additions, first):
        for chunk, terms in zip(addition.chunks, addition.terms, strict=True):
            yield row, number, chunk.start, chunk.end, chunk.language, sum(map(bool, terms))
            row += 1


def _contents(additions: Sequence[Addition], row: int) -> Iterator[tuple[int, str]]:
    every = (terms for addition in additions for terms in addition.terms)
    for place, terms in enumerate(every, row):
        yield place, lexical.content(terms)
