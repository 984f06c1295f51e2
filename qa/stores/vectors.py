"""The FAISS side of the local store: one file a generation, written whole, checked whole, never changed."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.protocols import Ranked, Vectors

Index = Any
Rows = NDArray[np.int64]

PATTERN = "vectors-*.faiss"
_BLOCK = 1 << 24  # bytes read at a time: large enough that Python's part in the reading does not show
_DIGEST_SIZE = 16  # bytes


@dataclass(frozen=True, slots=True)
class VectorFile:
    """A FAISS file as it must be found again; ``size`` in bytes, ``digest`` is blake2b in hexadecimal.

    The empty name stands for no vectors at all, which need no file.
    """

    name: str = ""
    size: int = 0
    digest: str = ""


@lru_cache(maxsize=1)
def _faiss() -> Any:
    """The library, loaded when first needed; untyped, as its stubs give the C++ signatures."""
    # torch before faiss: the other way round, their two OpenMP runtimes crash the process on macOS.
    import torch  # noqa: F401, I001
    import faiss

    return faiss


class WrongVectors(Exception):
    """A FAISS file is not the one that was written."""


def make_index(dimension: int, count: int) -> Index:
    """An empty index for about ``count`` vectors that returns row numbers and exact inner products.

    The only place that chooses the type: Flat is exact, needs no training and gives vectors back unchanged.
    """
    del count  # every size gets Flat until another type is measured to be worth its loss of recall
    return _faiss().IndexIDMap2(_faiss().IndexFlatIP(dimension))


def changed(index: Index, *, gone: Rows, rows: Rows, vectors: Vectors) -> Index:
    """A copy of ``index`` without the rows ``gone`` and with ``rows``: others may be searching ``index`` meanwhile.

    ``vectors`` has shape (len(rows), dimension), float32.
    """
    copy = _faiss().clone_index(index)
    if gone.size:
        copy.remove_ids(gone)
    if rows.size:
        copy.add_with_ids(vectors, rows)
    return copy


def search(index: Index, vector: NDArray[np.float32], *, k: int, among: Rows | None) -> list[Ranked]:
    """The ``k`` rows of largest inner product with ``vector`` (shape (dimension,)), best first.

    With ``among`` only these rows take part: they are selected before the ranking, so ``k`` of them are found if
    there are as many.
    """
    k = min(k, index.ntotal if among is None else among.size)
    if k <= 0:
        return []
    query = np.ascontiguousarray(vector, dtype=np.float32)[np.newaxis]
    parameters = None
    if among is not None:
        bits = np.zeros(int(among.max()) + 1, dtype=bool)
        bits[among] = True
        packed = np.packbits(bits, bitorder="little")
        parameters = _faiss().SearchParameters(sel=_faiss().IDSelectorBitmap(packed))
    scores, rows = index.search(query, k, params=parameters)
    # FAISS pads short results with row -1.
    return [Ranked(int(row), float(score)) for row, score in zip(rows[0], scores[0], strict=True) if row >= 0]


def save(index: Index, folder: Path) -> VectorFile:
    """Write ``index`` to a new file of its own, synced to the disk; no file is left when that fails.

    Raises ``OSError``.
    """
    # A name used twice could pair one generation's digest with another's bytes after a crash.
    path = folder / f"vectors-{secrets.token_hex(8)}.faiss"
    digest = hashlib.blake2b(digest_size=_DIGEST_SIZE)
    size = 0
    try:
        # FAISS's own writer loses the error of the last flush: a full disk would pass unnoticed.
        with path.open("xb") as file:

            def write(block: bytes) -> None:
                nonlocal size
                digest.update(block)
                size += file.write(block)

            _faiss().write_index(index, _faiss().PyCallbackIOWriter(write, _BLOCK))
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return VectorFile(path.name, size, digest.hexdigest())


def load(folder: Path, wanted: VectorFile, *, dimension: int, rows: Rows) -> Index:
    """Read a FAISS file after checking that it is the one ``wanted`` and holds exactly ``rows`` (ascending).

    Raises ``FileNotFoundError`` when there is none, ``WrongVectors`` saying what differs.
    """
    if not wanted.name:
        index = make_index(dimension, 0)
    else:
        with (folder / wanted.name).open("rb") as file:
            _check_bytes(file, wanted)
            file.seek(0)
            index = _faiss().read_index(_faiss().PyCallbackIOReader(file.read, _BLOCK))
    if index.d != dimension:
        raise WrongVectors(f"{wanted.name} holds vectors of dimension {index.d}, not {dimension}")
    if not np.array_equal(np.sort(_faiss().vector_to_array(index.id_map)), rows):
        name = wanted.name or "no vector file"
        raise WrongVectors(f"{name} does not belong to the passages: {index.ntotal} vectors, {rows.size} passages")
    return index


def _check_bytes(file: Any, wanted: VectorFile) -> None:
    size = os.fstat(file.fileno()).st_size
    if size != wanted.size:
        raise WrongVectors(f"{wanted.name} has {size} bytes, not {wanted.size}")
    digest = hashlib.blake2b(digest_size=_DIGEST_SIZE)
    while block := file.read(_BLOCK):
        digest.update(block)
    if digest.hexdigest() != wanted.digest:
        raise WrongVectors(f"{wanted.name} was altered after it was written")
