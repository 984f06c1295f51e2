"""Keeps an index in one folder: SQLite for articles, words and the switch between generations, FAISS for vectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from sqlite3 import Connection

import numpy as np
from numpy.typing import NDArray

from qa.errors import BadInput, IndexDamaged, IndexMismatch, IndexMissing
from qa.protocols import ArticleEntry, Change, FileState, Manifest, Ranked
from qa.records import Article, Chunk, Filter
from qa.stores import changes, contents, lexical, schema, vectors
from qa.stores.connections import Connections, Snapshot
from qa.stores.disk import damage, reading, sync, writing
from qa.stores.filters import passing_rows
from qa.stores.generations import Generations
from qa.stores.schema import State
from qa.stores.vectors import Index, VectorFile


class LocalStore:
    """A ``qa.protocols.Store`` in a folder; made by :meth:`open`, :meth:`create` or :meth:`replace`.

    ``index.sqlite`` holds the articles, passages, search terms, source files and manifest, ``vectors-*.faiss`` the
    vectors of one generation. The commit of the SQLite transaction that names a vector file is the only switch.
    Any number of threads and processes may read while one writes; each read sees one generation.
    """

    def __init__(self, folder: Path, manifest: Manifest, *, identity: str | None) -> None:
        """Use the class methods; without ``identity`` the index on disk is replaced by the first change."""
        self._folder = folder
        self._manifest = manifest
        self._identity = identity
        self._connections = _connections(folder, manifest, identity)
        self._generations = Generations(folder, dimension=manifest.dimension)

    @classmethod
    def exists(cls, folder: Path) -> bool:
        """Whether there is an index in ``folder``, sound or not."""
        return (folder / schema.DATABASE).is_file()

    @classmethod
    def require(cls, folder: Path) -> None:
        """Raise ``IndexMissing`` unless there is an index in ``folder``."""
        if not cls.exists(folder):
            raise IndexMissing(f"no index in {folder}; build one: qa index PATH --store {folder}")

    @classmethod
    def open(cls, folder: Path) -> LocalStore:
        """Open the index in ``folder`` after checking its parts against each other.

        Raises ``IndexMissing``, ``IndexMismatch`` for another format, ``IndexDamaged`` when a part is missing, altered
        or of another index.
        """
        cls.require(folder)
        with reading(folder), closing(schema.connect(folder)) as connection:
            schema.check_format(connection, folder)
            state = schema.read_state(connection)
        store = cls(folder, state.manifest, identity=state.identity)
        with store._searching():
            return store

    @classmethod
    def create(cls, folder: Path, manifest: Manifest) -> LocalStore:
        """Make an empty index, and the folder if need be.

        Raises ``BadInput`` when the folder cannot be made or written, or holds an index already.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"cannot make the folder {folder} ({error}); choose another with --store") from error
        with writing(folder):
            if cls.exists(folder):
                raise BadInput(f"{folder} holds an index already; add to it, or begin anew with --rebuild")
            schema.create_database(folder, manifest)
        return cls.open(folder)

    @classmethod
    def replace(cls, folder: Path, manifest: Manifest) -> LocalStore:
        """An empty store that takes the place of the index in ``folder``, if there is one, with its first change.

        Until then nothing on disk is touched: the old index can be opened and searched, and this store reads as empty.
        The first :meth:`apply` removes the old content, sets ``manifest`` and stores the change in one transaction. An
        index too damaged for that, or of another format, is first replaced by an empty one.
        """
        if not cls.exists(folder):
            return cls.create(folder, manifest)
        return cls(folder, manifest, identity=None)

    @property
    def manifest(self) -> Manifest:
        return self._manifest

    def apply(self, change: Change) -> None:
        """Commit ``change`` as one switch: removals first, then additions; of two additions of one id the last counts.

        Raises ``IndexBusy`` at once when somebody else is writing, ``BadInput`` when the parts of ``change`` do not fit
        together or the disk refuses them; the index then stays as it was.
        """
        changes.check(change, dimension=self._manifest.dimension)
        with writing(self._folder):
            if self._identity is None and not schema.clearable(self._folder):
                schema.create_database(self._folder, self._manifest)
            with closing(schema.connect(self._folder)) as connection:
                current = self._commit(connection, change)
            self._generations.remove_all_but(current)

    def files(self) -> Mapping[str, FileState]:
        with self._reading() as snapshot:
            return contents.files(snapshot.connection)

    def dense(self, vector: NDArray[np.float32], *, k: int, where: Filter) -> list[Ranked]:
        """The ``k`` nearest passages by inner product among those that pass ``where``, best first; scores in [-1, 1].

        Raises ``BadInput`` when ``vector`` has not the shape (dimension,).
        """
        if vector.shape != (self._manifest.dimension,):
            raise BadInput(
                f"a question vector of shape {vector.shape} does not fit the index in {self._folder}, "
                f"whose vectors have {self._manifest.dimension} numbers; use the model it was built with"
            )
        with self._searching() as (connection, index):
            among = passing_rows(connection, where) if where else None
            return vectors.search(index, vector, k=k, among=among)

    def lexical(self, terms: Mapping[str, float], *, k: int, where: Filter) -> list[Ranked]:
        """The ``k`` best passages by weighted BM25 among those that pass ``where``, best first; scores above 0."""
        with self._reading() as snapshot:
            return lexical.search(snapshot.connection, terms, k=k, where=where, state=snapshot.state)

    def document_frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        with self._reading() as snapshot:
            return lexical.document_frequencies(snapshot.connection, terms)

    def chunks(self, rows: Sequence[int]) -> dict[int, Chunk]:
        with self._reading() as snapshot:
            return contents.passages(snapshot.connection, rows)

    def article(self, article_id: str) -> Article | None:
        with self._reading() as snapshot:
            return contents.article(snapshot.connection, article_id)

    def articles(self) -> list[ArticleEntry]:
        with self._reading() as snapshot:
            return contents.entries(snapshot.connection)

    def languages(self) -> frozenset[str]:
        with self._reading() as snapshot:
            return contents.languages(snapshot.connection)

    def __len__(self) -> int:
        with self._reading() as snapshot:
            return snapshot.state.passages

    def close(self) -> None:
        """Give the connections back; using the store afterwards raises ``BadInput``."""
        self._connections.close()

    @contextmanager
    def _reading(self) -> Iterator[Snapshot]:
        with self._connections.reading() as snapshot:
            self._check_same(snapshot.state)
            yield snapshot

    @contextmanager
    def _searching(self) -> Iterator[tuple[Connection, Index]]:
        """A read transaction and the vectors that belong to it."""
        missing = None
        while True:
            with self._reading() as snapshot:
                wanted = snapshot.state.vectors
                index = self._generations.get(snapshot.connection, wanted)
                if index is not None:
                    yield snapshot.connection, index
                    return
            # A writer may have removed the file since the transaction began; the next one then names another.
            if wanted == missing:
                raise IndexDamaged(damage(self._folder, f"{wanted.name} is missing"))
            missing = wanted

    def _check_same(self, state: State) -> None:
        if self._identity is not None and (state.identity, state.manifest) != (self._identity, self._manifest):
            raise IndexMismatch(f"the index in {self._folder} was replaced by another meanwhile; open it again")

    def _commit(self, connection: Connection, change: Change) -> VectorFile:
        """Make ``change`` durable in one transaction; returns the vector file that counts from then on."""
        connection.execute("BEGIN IMMEDIATE")
        if self._identity is None:
            schema.clear(connection, self._manifest)
        state = schema.read_state(connection)
        self._check_same(state)
        file = state.vectors
        index = self._generations.get(connection, file)
        if index is None:
            raise IndexDamaged(damage(self._folder, f"{file.name} is missing"))
        additions = list({addition.article.id: addition for addition in change.additions}.values())
        gone = changes.remove_articles(connection, [*change.removals, *(each.article.id for each in additions)])
        rows = changes.insert_articles(connection, additions)
        changes.write_files(connection, change)
        if gone.size or rows.size:
            index = vectors.changed(index, gone=gone, rows=rows, vectors=changes.stacked(additions, dimension=index.d))
            file = vectors.save(index, self._folder)
            sync(self._folder)
            schema.write_vectors(connection, file)
        # From here on a new file stays even if the commit fails: after some failures only the next start of SQLite
        # finds out whether the commit has reached the disk.
        connection.execute("COMMIT")
        self._generations.put(index, file)
        if self._identity is None:
            self._connections.close()
            self._connections = _connections(self._folder, self._manifest, state.identity)
            self._identity = state.identity
        return file


def _connections(folder: Path, manifest: Manifest, identity: str | None) -> Connections:
    if identity is None:
        return Connections(folder, partial(schema.empty_database, manifest))
    return Connections(folder, partial(schema.connect, folder))
