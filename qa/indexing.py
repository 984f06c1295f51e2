"""Brings an index up to date with its sources: plan, embed, then one change that happens whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import overload

import numpy as np

from qa.analysis import terms
from qa.chunking import passage, passage_text, places
from qa.errors import IndexMismatch
from qa.planning import Fresh, Plan, plan
from qa.protocols import Addition, Change, Embedder, Progress, Store, Vectors
from qa.records import Article, Chunk, Skipped, Span
from qa.settings import Settings
from qa.staging import Staging

SAVED_AT_ONCE = 256  # passages; at most so many are embedded again after an interruption


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an index run did, by article id; ``skipped`` says what was not indexed and why.

    ``copies`` pairs an article of the index with the one whose words it repeats. ``passages`` counts those written.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    copies: tuple[tuple[str, str], ...]
    passages: int
    seconds: float


def sync(
    store: Store,
    sources: Sequence[str],
    *,
    embedder: Embedder,
    settings: Settings,
    progress: Progress | None = None,
) -> IndexReport:
    """Make ``store`` hold what stands in ``sources`` now; what came from other sources stays.

    Files that were not touched are not opened, articles whose content is the same not embedded again. The store changes
    once, at the end: after an interruption it is as before, and the next run finds the vectors made so far.
    ``progress`` is told (done, total) in passages. Raises ``BadInput`` for an unusable source, ``IndexMismatch`` when
    the index was made with another model or other chunk settings.
    """
    began = time.perf_counter()
    _check_fit(store, embedder, settings)
    todo = plan(store.files(), sources, max_bytes=int(settings.max_file_mb * 1_000_000))
    passages = [_cut(fresh, settings) for fresh in todo.fresh]
    total = sum(map(len, passages))
    staging = Staging(Path(settings.store), fingerprint=embedder.fingerprint, dimension=embedder.dimension)
    try:
        vectors = _embedded(passages, embedder, staging, total=total, progress=progress)
        change = _change(todo, passages, vectors)
        if change:
            store.apply(change)
        staging.discard()
    finally:
        staging.close()
    return IndexReport(
        added=todo.added,
        changed=todo.changed,
        removed=todo.removed,
        unchanged=todo.unchanged,
        skipped=todo.skipped,
        copies=todo.copies,
        passages=total,
        seconds=time.perf_counter() - began,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Passages(Sequence[Chunk]):
    """An article's passages, made when they are asked for: thousands of articles are not held in memory twice."""

    article: Article
    places: tuple[Span, ...]

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> Chunk: ...
    @overload
    def __getitem__(self, index: slice) -> list[Chunk]: ...
    def __getitem__(self, index: int | slice) -> Chunk | list[Chunk]:
        if isinstance(index, slice):
            return [passage(self.article, place) for place in self.places[index]]
        return passage(self.article, self.places[index])


def _check_fit(store: Store, embedder: Embedder, settings: Settings) -> None:
    made = store.manifest
    if made.fingerprint != embedder.fingerprint:
        raise IndexMismatch(
            f"the index was made with the embedder {made.embedder}, not with {embedder.name} as it is now; "
            "begin anew with --rebuild, or set QA_EMBEDDER to the former"
        )
    if (made.chunk_size, made.chunk_overlap) != (settings.chunk_size, settings.chunk_overlap):
        raise IndexMismatch(
            f"the index was made with passages of {made.chunk_size} characters sharing {made.chunk_overlap}, not "
            f"{settings.chunk_size} sharing {settings.chunk_overlap}; begin anew with --rebuild, or set "
            f"QA_CHUNK_SIZE={made.chunk_size} and QA_CHUNK_OVERLAP={made.chunk_overlap}"
        )


def _cut(fresh: Fresh, settings: Settings) -> _Passages:
    text = fresh.article.text
    found = places(text, fresh.spans, size=settings.chunk_size, overlap=settings.chunk_overlap)
    return _Passages(fresh.article, tuple(found))


def _embedded(
    passages: Sequence[_Passages], embedder: Embedder, staging: Staging, *, total: int, progress: Progress | None
) -> Vectors:
    """The vectors of all passages in order, shape (total, dimension), saved on the way."""
    vectors = np.empty((total, embedder.dimension), dtype=np.float32)
    texts = (passage_text(chunk) for article in passages for chunk in article)
    done = 0
    while batch := list(islice(texts, SAVED_AT_ONCE)):
        keys = [staging.key(text) for text in batch]
        ready = staging.get(keys)
        missing = {key: text for key, text in zip(keys, batch, strict=True) if key not in ready}
        if missing:
            made = dict(zip(missing, embedder.embed_passages(list(missing.values())), strict=True))
            staging.put(made)
            ready.update(made)
        vectors[done : done + len(batch)] = [ready[key] for key in keys]
        done += len(batch)
        if progress is not None:
            progress(done, total)
    return vectors


def _change(todo: Plan, passages: Sequence[_Passages], vectors: Vectors) -> Change:
    additions = []
    row = 0
    for article in passages:
        words = [terms(passage_text(chunk), chunk.language) for chunk in article]
        additions.append(Addition(article.article, article, vectors[row : row + len(article)], words))
        row += len(article)
    return Change(additions, todo.removed, todo.files, todo.gone_files)
