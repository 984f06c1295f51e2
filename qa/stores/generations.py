"""Keeps in memory the vectors that belong to the database as a reader sees it, and reloads them when it moved on."""

from __future__ import annotations

import threading
from pathlib import Path
from sqlite3 import Connection

from qa.errors import IndexDamaged
from qa.stores import schema, vectors
from qa.stores.disk import damage
from qa.stores.vectors import Index, VectorFile


class Generations:
    """The latest generation of vectors that this process has read or written."""

    def __init__(self, folder: Path, *, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        self._lock = threading.Lock()
        self._held: VectorFile | None = None
        self._index: Index = None

    def get(self, connection: Connection, wanted: VectorFile) -> Index | None:
        """The vectors of the state that ``connection``'s transaction sees; None when their file is not there.

        They are checked when they come from the disk. Raises ``IndexDamaged`` when they are not those of the state.
        """
        with self._lock:  # one thread loads, the others wait for it
            if self._held != wanted:
                rows = schema.all_rows(connection)
                try:
                    index = vectors.load(self._folder, wanted, dimension=self._dimension, rows=rows)
                except FileNotFoundError:
                    return None
                except (OSError, vectors.WrongVectors) as error:
                    raise IndexDamaged(damage(self._folder, str(error))) from error
                self._index, self._held = index, wanted
            return self._index

    def put(self, index: Index, file: VectorFile) -> None:
        """Hold what was just written."""
        with self._lock:
            self._index, self._held = index, file

    def remove_all_but(self, current: VectorFile) -> None:
        """Delete the files of other generations, left by earlier changes and by crashes."""
        for path in self._folder.glob(vectors.PATTERN):
            if path.name != current.name:
                try:
                    path.unlink()
                except OSError:  # Windows keeps a file that somebody is reading; the next change tries again
                    continue
