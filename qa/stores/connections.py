"""Read transactions on the local store's database, for many threads at once."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qa.errors import BadInput
from qa.stores.disk import reading
from qa.stores.schema import State, read_state


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One read transaction: everything read through ``connection`` belongs to ``state``."""

    connection: sqlite3.Connection
    state: State


class Connections:
    """Lends each reader a connection of its own; as many are kept as ever read at the same time."""

    def __init__(self, folder: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self._folder = folder
        self._connect = connect
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        # Where nothing can be written, a connection may have been opened as if nobody else wrote either: not for long.
        self._keep = os.access(folder, os.W_OK)

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """A snapshot that no write can change; raises ``IndexDamaged`` when SQLite cannot read it."""
        if self._closed:
            raise BadInput(f"the index in {self._folder} was closed; open it again")
        with reading(self._folder):
            connection = self._lend()
            try:
                connection.execute("BEGIN")
                yield Snapshot(connection, read_state(connection))
                connection.execute("ROLLBACK")
            except BaseException:
                connection.close()
                raise
            self._take_back(connection)

    def close(self) -> None:
        """Close what is idle now, and what is lent when it comes back."""
        self._closed = True
        while self._idle:
            self._lend().close()

    def _lend(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _take_back(self, connection: sqlite3.Connection) -> None:
        if self._keep and not self._closed:
            self._idle.append(connection)
        else:
            connection.close()
