"""Reads articles, passages and source files back from the tables of the local store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from sqlite3 import Connection

from qa.protocols import ArticleEntry, FileState
from qa.records import Article, Chunk

# substr counts code points from 1, as offsets do from 0.
_PASSAGES = """
SELECT row, articles.id, start, stop, substr(text, start + 1, stop - start), chunks.language, title, date, source
FROM json_each(?) CROSS JOIN chunks ON chunks.row = value CROSS JOIN articles ON number = article
"""
_ENTRIES = """
SELECT id, title, articles.language, date, source, count(row)
FROM articles LEFT JOIN chunks ON article = number
GROUP BY number ORDER BY id
"""
# From one language to the next by the index: DISTINCT would visit every passage, for each question.
_LANGUAGES = """
WITH RECURSIVE found (language) AS (
    SELECT min(language) FROM chunks
    UNION ALL SELECT (SELECT min(language) FROM chunks WHERE language > found.language) FROM found
    WHERE found.language IS NOT NULL
)
SELECT language FROM found WHERE language IS NOT NULL
"""


def passages(connection: Connection, rows: Sequence[int]) -> dict[int, Chunk]:
    """The passages of these rows by row, text cut from the articles; a row that is not there is left out."""
    listed = json.dumps([int(row) for row in rows])
    return {row: Chunk(*values) for row, *values in connection.execute(_PASSAGES, (listed,))}


def article(connection: Connection, article_id: str) -> Article | None:
    """The article with its whole text, or None."""
    found = connection.execute(
        "SELECT id, title, text, language, date, source FROM articles WHERE id = ?", (article_id,)
    ).fetchone()
    return Article(*found) if found else None


def entries(connection: Connection) -> list[ArticleEntry]:
    """All articles by id, without their texts."""
    return [ArticleEntry(*values) for values in connection.execute(_ENTRIES)]


def languages(connection: Connection) -> frozenset[str]:
    """The languages of the passages."""
    return frozenset(language for (language,) in connection.execute(_LANGUAGES))


def files(connection: Connection) -> dict[str, FileState]:
    """Every indexed source file by its path."""
    states = connection.execute("SELECT path, origin, stamp, articles FROM files")
    return {path: FileState(path, origin, stamp, json.loads(articles)) for path, origin, stamp, articles in states}
