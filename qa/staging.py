"""Keeps the vectors of an unfinished index run, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from logging import getLogger
from pathlib import Path

import numpy as np

from qa.protocols import Vectors

FILE = "staging.sqlite"

_log = getLogger(__name__)


class Staging:
    """A table of vectors by text and embedder, in a file of ``folder`` or, where there is no such folder, in memory.

    It only saves work: whatever goes wrong with it is logged, and the vectors are computed again.
    """

    def __init__(self, folder: Path, *, fingerprint: str, dimension: int) -> None:
        self._path = folder / FILE if folder.is_dir() else None
        self._fingerprint = fingerprint
        self._dimension = dimension
        self._connection = self._opened()

    def key(self, text: str) -> str:
        """What a text's vector is kept under."""
        digest = hashlib.blake2b(text.encode(), digest_size=16, key=hashlib.sha256(self._fingerprint.encode()).digest())
        return digest.hexdigest()

    def get(self, keys: Sequence[str]) -> dict[str, Vectors]:
        """The vectors known for ``keys``, each of shape (dimension,)."""
        marks = ",".join("?" * len(keys))
        try:
            rows = self._connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", keys).fetchall()
        except sqlite3.Error as error:
            _log.warning("cannot read %s (%s); its passages are embedded again", self._path, error)
            return {}
        vectors = {key: np.frombuffer(data, dtype=np.float32) for key, data in rows}
        return {key: vector for key, vector in vectors.items() if vector.shape == (self._dimension,)}

    def put(self, vectors: Mapping[str, Vectors]) -> None:
        """Keep these vectors from now on, whatever happens to the process."""
        rows = [(key, vector.astype(np.float32).tobytes()) for key, vector in vectors.items()]
        try:
            with self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            _log.warning("cannot write %s (%s); if this run is interrupted it begins anew", self._path, error)

    def close(self) -> None:
        """Leave the file for the next run."""
        self._connection.close()

    def discard(self) -> None:
        """The run is finished: remove the file."""
        self.close()
        for path in self._files():
            with suppress(OSError):  # Windows keeps a file that another run has open; the next run removes it
                path.unlink(missing_ok=True)

    def _files(self) -> Iterable[Path]:
        return () if self._path is None else (self._path, self._path.with_name(FILE + "-journal"))

    def _opened(self) -> sqlite3.Connection:
        try:
            return _connect(self._path)
        except sqlite3.Error as error:
            _log.warning("cannot use %s (%s); it is replaced", self._path, error)
        for path in self._files():
            with suppress(OSError):
                path.unlink(missing_ok=True)
        try:
            return _connect(self._path)
        except sqlite3.Error:
            return _connect(None)


def _connect(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(path if path is not None else ":memory:")
    try:
        # After a power cut the file may be broken, which costs a run, not an index: no need to wait for the disk.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB) WITHOUT ROWID")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
