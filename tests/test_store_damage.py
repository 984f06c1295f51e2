"""An index whose parts contradict each other is refused, and a write that fails leaves the index as it was."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from store_samples import add, addition, found, manifest

from qa.errors import BadInput, IndexDamaged, IndexMismatch
from qa.stores.local import LocalStore
from qa.stores.schema import DATABASE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound index of one article, closed."""
    store = LocalStore.create(tmp_path / "index", manifest())
    add(store, addition("east", ("sun rises", [1, 0]), ("wind rose", [0.6, 0.8])))
    store.close()
    return tmp_path / "index"


def vectors(folder: Path) -> Path:
    (path,) = folder.glob("*.faiss")
    return path


def cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)


def another_index(folder: Path) -> Path:
    """The folder of another index whose passages have the same row numbers."""
    other = LocalStore.create(folder.parent / "other", manifest())
    add(other, addition("west", ("sun sets", [-1, 0]), ("calm sea", [0, -1])))
    other.close()
    return folder.parent / "other"


def swap_vectors(folder: Path) -> None:
    shutil.copy(vectors(another_index(folder)), vectors(folder))


def swap_database(folder: Path) -> None:
    """Even with the file name that the other database wants, the vectors are not its own."""
    other = another_index(folder)
    shutil.copy(other / DATABASE, folder / DATABASE)
    vectors(folder).rename(folder / vectors(other).name)


def in_database(*statements: str) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    return run


DAMAGE = {
    "the vectors are missing": lambda folder: vectors(folder).unlink(),
    "the vectors are empty": lambda folder: cut(vectors(folder), 0),
    "the vectors are cut short": lambda folder: cut(vectors(folder), -1),
    "the vectors' first byte is flipped": lambda folder: flip(vectors(folder), 0),
    "the vectors' last byte is flipped": lambda folder: flip(vectors(folder), -1),
    "the vectors are another index's": swap_vectors,
    "the database is another index's": swap_database,
    "the database is empty": lambda folder: cut(folder / DATABASE, 0),
    "the database is cut in half": lambda folder: cut(folder / DATABASE, (folder / DATABASE).stat().st_size // 2),
    "the database lost its last page": lambda folder: cut(folder / DATABASE, -4096),
    "the database's first byte is flipped": lambda folder: flip(folder / DATABASE, 0),
    "the database is text": lambda folder: (folder / DATABASE).write_text("hello\n" * 1000),
    "a passage is missing": in_database("DELETE FROM chunks WHERE row = 2"),
    "the state is missing": in_database("DELETE FROM state"),
    "the manifest is unreadable": in_database("UPDATE state SET manifest = 'x'"),
    "the tables are another program's": in_database("DROP TABLE state"),
    "no vectors are named": in_database("UPDATE state SET file = '', size = 0, digest = ''"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_index_is_refused_and_a_rebuild_mends_it(folder, what):
    DAMAGE[what](folder)
    with pytest.raises(IndexDamaged, match=f"qa index PATH --store {folder} --rebuild"):
        LocalStore.open(folder)
    rebuilt = LocalStore.replace(folder, manifest())
    add(rebuilt, addition("new", ("new words", [0, 1])))
    rebuilt.close()
    again = LocalStore.open(folder)
    assert found(again, [0, 1]) == ["new words"]
    again.close()


def test_an_index_of_an_unknown_format_is_refused_and_a_rebuild_replaces_it(folder):
    in_database("PRAGMA user_version = 99")(folder)
    with pytest.raises(IndexMismatch, match="format 99"):
        LocalStore.open(folder)
    rebuilt = LocalStore.replace(folder, manifest())
    add(rebuilt, addition("new", ("new words", [0, 1])))
    assert found(rebuilt, [0, 1]) == ["new words"]
    rebuilt.close()


def test_vectors_that_vanish_under_an_open_store_are_told_when_they_are_needed(folder):
    store, writer = LocalStore.open(folder), LocalStore.open(folder)
    add(writer, addition("west", ("sun sets", [-1, 0])))
    vectors(folder).unlink()
    with pytest.raises(IndexDamaged, match="missing"):
        found(store, [1, 0])
    store.close()
    writer.close()


# What a child process does with an index under limits that this process must not set for itself.
CHILD = """
import sys
from pathlib import Path
from store_samples import add, addition, found
from qa.errors import BadInput
from qa.stores.local import LocalStore
become_limited()
store = LocalStore.open(Path(sys.argv[1]))
assert found(store, [1, 0], k=1) == ["sun rises"], found(store, [1, 0], k=1)
try:
    add(store, addition("big", *[(f"word{n} " * 20, [0, 1]) for n in range(5000)]))
except BadInput as error:
    print(error)
assert len(store) == 2 and found(store, [1, 0], k=1) == ["sun rises"]
store.close()
reopened = LocalStore.open(Path(sys.argv[1]))
assert found(reopened, [1, 0], k=1) == ["sun rises"]
reopened.close()
"""


def run_child(limit: str, folder: Path) -> str:
    """What the child printed; ``limit`` is the source of the body of its ``become_limited``."""
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    done = subprocess.run(
        [sys.executable, "-c", f"def become_limited():\n    {limit}\n{CHILD}", str(folder)],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX resource limits")
@pytest.mark.parametrize("room", [40_000, 400_000])
def test_a_disk_that_fills_up_leaves_the_index_as_it_was(folder, room):
    """The room ends in the FAISS file, or later in SQLite's log."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))"
    assert "the index stays as it was: free disk space" in run_child(limit, folder)
    store = LocalStore.open(folder)
    add(store, addition("west", ("sun sets", [-1, 0])))
    assert len(store) == 3
    assert len(list(folder.glob("*.faiss"))) == 1
    store.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no read-only folders")
def test_an_index_in_a_read_only_folder_is_searched_but_not_changed(folder):
    # Root may write anywhere: the child becomes nobody, once it has loaded what nobody may not be able to read.
    limit = "import faiss, os, torch; os.geteuid() or os.setuid(65534)"
    with tempfile.TemporaryDirectory() as outside:  # pytest's own folders are closed to nobody
        read_only = Path(outside) / "index"
        shutil.copytree(folder, read_only)
        before = sorted(path.name for path in read_only.iterdir())
        Path(outside).chmod(0o755)
        read_only.chmod(0o555)
        try:
            assert "allow writing there" in run_child(limit, read_only)
            assert sorted(path.name for path in read_only.iterdir()) == before
        finally:
            read_only.chmod(0o755)


def test_an_index_cannot_be_made_in_a_folder_that_refuses_files(tmp_path):
    (tmp_path / "index" / "write.lock").mkdir(parents=True)
    with pytest.raises(BadInput, match="the system refuses"):
        LocalStore.create(tmp_path / "index", manifest())
