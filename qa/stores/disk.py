"""What every write to an index folder owes its user: one writer at a time, data on the disk, errors that explain."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from qa.errors import BadInput, IndexBusy, IndexDamaged, QAError

_LOCK = "write.lock"
# SQLite's messages when the system refuses it something; its error codes reach Python only from 3.11 on.
_NOT_THE_FILES_FAULT = ("disk I/O", "disk is full", "unable to open", "readonly")


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the folder's write lock; the operating system releases it if the process dies.

    Raises ``IndexBusy`` at once when another process or thread holds it, ``BadInput`` when the disk or the folder
    refuses a write, ``IndexDamaged`` when SQLite finds its own file broken.
    """
    try:
        with FileLock(folder / _LOCK, timeout=0):
            yield
    except Timeout:
        raise IndexBusy(f"somebody else is writing to the index in {folder}; try again when that is done") from None
    except (OSError, sqlite3.DatabaseError) as error:
        raise _explained(folder, error) from error


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Raise what SQLite cannot read inside as the ``QAError`` that explains it, mostly ``IndexDamaged``."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _explained(folder, error) from error


def _explained(folder: Path, error: OSError | sqlite3.DatabaseError) -> QAError:
    operational = isinstance(error, sqlite3.OperationalError)
    if operational and "locked" in str(error):
        return IndexBusy(f"another program holds the index in {folder} ({error}); close it and try again")
    if isinstance(error, OSError) or (operational and any(words in str(error) for words in _NOT_THE_FILES_FAULT)):
        return BadInput(
            f"the system refuses to use {folder} ({error}); the index stays as it was: "
            "free disk space, allow writing there, or choose another folder with --store"
        )
    return IndexDamaged(damage(folder, str(error)))


def damage(folder: Path, what: str) -> str:
    """The message of an ``IndexDamaged``: what is wrong, where, and the command that mends it."""
    return f"the index in {folder} is damaged ({what}); build it again: qa index PATH --store {folder} --rebuild"


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, has reached the disk."""
    if os.name == "nt" and path.is_dir():  # Windows has no such call for folders
        return
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
