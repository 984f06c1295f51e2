"""The SQLite side of the local store: its tables, its connections and the row that says which generation counts."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa.errors import IndexDamaged, IndexMismatch
from qa.protocols import Manifest
from qa.stores.disk import damage, sync
from qa.stores.vectors import Rows, VectorFile

FORMAT = 1  # raise it with any change that an older or newer reader would misread
DATABASE = "index.sqlite"
FRESH = "index.sqlite.new"
_PATIENCE = 10.0  # seconds to wait for SQLite's own short locks: recovery after a crash, a checkpoint

_TABLES = """
CREATE TABLE state (identity TEXT NOT NULL, manifest TEXT NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL,
    digest TEXT NOT NULL, passages INTEGER NOT NULL, terms INTEGER NOT NULL);
CREATE TABLE files (path TEXT PRIMARY KEY, origin TEXT NOT NULL, stamp TEXT NOT NULL, articles TEXT NOT NULL);
-- The text comes last: lists of articles never read its pages.
CREATE TABLE articles (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
    language TEXT NOT NULL, date TEXT, source TEXT, text TEXT NOT NULL);
-- AUTOINCREMENT: a row number is never given twice, so a stale one finds nothing rather than the wrong passage.
CREATE TABLE chunks (row INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL REFERENCES articles (number),
    start INTEGER NOT NULL, stop INTEGER NOT NULL, language TEXT NOT NULL, terms INTEGER NOT NULL);
CREATE INDEX chunks_by_article ON chunks (article);
CREATE INDEX chunks_by_language ON chunks (language);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (lexical, row);
"""
_LEXICAL = """CREATE VIRTUAL TABLE lexical USING fts5 (terms, tokenize = "ascii tokenchars '_'")"""


@dataclass(frozen=True, slots=True)
class State:
    """What one committed change left: the manifest, the FAISS file, and how many passages and terms there are.

    ``identity`` is drawn when the database is made; a database put in another's place is known by it.
    """

    identity: str
    manifest: Manifest
    vectors: VectorFile
    passages: int
    terms: int


def create_database(folder: Path, manifest: Manifest) -> None:
    """Put an empty database in its place by one rename, instead of whatever stood there."""
    fresh = folder / FRESH
    _remove_with_logs(fresh)
    with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
        _make_tables(connection, manifest)
        connection.execute("PRAGMA journal_mode = WAL")
    sync(fresh)
    # The log of the database that stood here would be replayed into the new one.
    for log in _logs(folder / DATABASE):
        log.unlink(missing_ok=True)
    os.replace(fresh, folder / DATABASE)
    sync(folder)


def empty_database(manifest: Manifest) -> sqlite3.Connection:
    """A connection to an empty index in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _make_tables(connection, manifest)
    return connection


def connect(folder: Path) -> sqlite3.Connection:
    """Open the database in ``folder``, which must exist; transactions are begun and ended by hand.

    In a folder that may not be written it is opened for reading only.
    """
    path = (folder / DATABASE).absolute()
    mode = "mode=rw"
    if not os.access(folder, os.W_OK):
        # SQLite's WAL mode wants to write a log; where nobody left one there is nothing to write or to wait for.
        mode = "mode=ro" if any(log.exists() for log in _logs(path)) else "immutable=1"
    connection = sqlite3.connect(
        f"{path.as_uri()}?{mode}", uri=True, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def check_format(connection: sqlite3.Connection, folder: Path) -> None:
    """Raise ``IndexMismatch`` for an index of another format, ``IndexDamaged`` for a file that is no index at all."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found == 0:
        raise IndexDamaged(damage(folder, f"{DATABASE} holds no index"))
    if found != FORMAT:
        raise IndexMismatch(
            f"the index in {folder} has format {found}, this version reads format {FORMAT}; "
            f"build it again: qa index PATH --store {folder} --rebuild"
        )


def read_state(connection: sqlite3.Connection) -> State:
    """The state that this transaction sees; raises ``sqlite3.DatabaseError`` when there is none."""
    found = connection.execute("SELECT identity, manifest, file, size, digest, passages, terms FROM state").fetchone()
    if found is None:
        raise sqlite3.DatabaseError("it does not say which vectors belong to it")
    identity, manifest, name, size, digest, passages, terms = found
    try:
        return State(identity, Manifest(**json.loads(manifest)), VectorFile(name, size, digest), passages, terms)
    except (ValueError, TypeError):
        raise sqlite3.DatabaseError("its manifest cannot be read") from None


def write_vectors(connection: sqlite3.Connection, vectors: VectorFile) -> None:
    """Name the FAISS file that belongs to the passages as they now are."""
    connection.execute(
        "UPDATE state SET file = ?, size = ?, digest = ?, "
        "(passages, terms) = (SELECT count(*), coalesce(sum(terms), 0) FROM chunks)",
        (vectors.name, vectors.size, vectors.digest),
    )


def clear(connection: sqlite3.Connection, manifest: Manifest) -> None:
    """Empty every table and begin under a new manifest; row numbers go on where they were."""
    connection.execute("DROP TABLE lexical")  # FTS5 deletes row by row
    connection.execute(_LEXICAL)
    for table in ("chunks", "articles", "files"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("UPDATE state SET manifest = ?", (json.dumps(dataclasses.asdict(manifest)),))
    write_vectors(connection, VectorFile())


def clearable(folder: Path) -> bool:
    """Whether the database in ``folder`` is sound and of this format, so that :func:`clear` can empty it."""
    try:
        with closing(connect(folder)) as connection:
            check_format(connection, folder)
            read_state(connection)
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except (sqlite3.DatabaseError, IndexDamaged, IndexMismatch):
        return False


def all_rows(connection: sqlite3.Connection) -> Rows:
    """Every passage's row number, ascending."""
    return as_rows(connection.execute("SELECT row FROM chunks ORDER BY row"))


def as_rows(cursor: Iterable[tuple[int]]) -> Rows:
    """One column of row numbers as an array."""
    return np.fromiter((row for (row,) in cursor), dtype=np.int64)


def _make_tables(connection: sqlite3.Connection, manifest: Manifest) -> None:
    connection.executescript(_TABLES)
    connection.execute(_LEXICAL)
    connection.execute(
        "INSERT INTO state VALUES (?, ?, '', 0, '', 0, 0)",
        (secrets.token_hex(8), json.dumps(dataclasses.asdict(manifest))),
    )
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def _logs(path: Path) -> tuple[Path, Path]:
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def _remove_with_logs(path: Path) -> None:
    for leftover in (path, *_logs(path)):
        leftover.unlink(missing_ok=True)
