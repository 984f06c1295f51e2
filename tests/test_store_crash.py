"""A killed writer leaves the index as before or after its change; readers beside a writer never see a mixture."""

import itertools
import multiprocessing
import os
import random
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType

import numpy as np
import pytest
from store_samples import EVERYTHING, add, addition, manifest, worded

from qa.protocols import Addition, Change, FileState
from qa.stores.local import LocalStore

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL and forked children")

KILLS = 25
KILLS_OF_ONE_INDEX = 5
LONGEST_WAIT = 0.05  # seconds: time for about two changes
ARTICLES = 4
REBUILD_EVERY = 7
WRITES = 60
STEPS_BETWEEN_KILLS = 9  # lines of Python

# Children are forked from a process that has imported the store once: importing torch takes longer than any test.
FORKS = multiprocessing.get_context("forkserver") if os.name != "nt" else multiprocessing.get_context()
FORKS.set_forkserver_preload(["store_samples"])


@pytest.fixture(autouse=True, scope="module")
def _importable_by_the_fork_server():
    """Before 3.13 the fork server looks for modules where a new interpreter would, not where this one does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        yield


def version(number: int) -> Addition:
    """An article of two passages whose words and vectors tell the version."""
    angle = number * 0.1
    near, far = [np.cos(angle), np.sin(angle)], [-np.cos(angle), np.sin(angle)]
    return addition(f"article{number % ARTICLES}", (f"near {number} all", near), (f"far {number} all", far))


def versions_after(count: int) -> dict[str, int]:
    """Which version of each article is there after ``count`` changes: each adds one, removes one, some begin anew."""
    versions: dict[str, int] = {}
    for number in range(1, count + 1):
        if number % REBUILD_EVERY == 0:
            versions.clear()
        versions.pop(f"article{(number + 2) % ARTICLES}", None)
        versions[f"article{number % ARTICLES}"] = number
    return versions


def changes_made(store: LocalStore) -> int:
    return max((int(state.stamp) for state in store.files().values()), default=0)


def keep_changing(folder: Path, acknowledged: Connection) -> None:
    """Apply change after change until killed, telling 0 at the start and the number of each that has been applied."""
    acknowledged.send(0)
    store = LocalStore.open(folder) if LocalStore.exists(folder) else LocalStore.create(folder, manifest())
    for number in range(changes_made(store) + 1, 1_000):
        if number % REBUILD_EVERY == 0:
            store = LocalStore.replace(folder, manifest())
        store.apply(
            Change(
                additions=[version(number)],
                removals=[f"article{(number + 2) % ARTICLES}"],
                files=[FileState("/source", "/", str(number), {})],
            )
        )
        acknowledged.send(number)


def live_and_die(folder: Path, *, changes: int, wait: float) -> int:
    """Kill a child ``wait`` seconds after it acknowledged so many changes; returns the last acknowledged, or 0."""
    ours, theirs = FORKS.Pipe(duplex=False)
    child = FORKS.Process(target=keep_changing, args=(folder, theirs))
    child.start()
    theirs.close()
    last = 0
    for _ in range(1 + changes):
        last = ours.recv()
    time.sleep(wait)
    child.kill()
    child.join()
    assert child.exitcode == -signal.SIGKILL, "the child failed by itself"
    try:
        while ours.poll():
            last = ours.recv()
    except EOFError:
        pass
    ours.close()
    return last


def check_content(store: LocalStore, versions: dict[str, int]) -> None:
    expected = [version(number) for number in versions.values()]
    assert {entry.id: store.article(entry.id) for entry in store.articles()} == {
        each.article.id: each.article for each in expected
    }
    assert sorted(worded(store, "all")) == sorted(chunk.text for each in expected for chunk in each.chunks)
    assert versions_found(store) == set(versions.values())


def versions_found(store: LocalStore) -> set[int]:
    """The versions that one search finds, each passage's score checked against the vector that its text tells."""
    query = np.array([0.6, 0.8], dtype=np.float32)
    hits = store.dense(query, k=100, where=EVERYTHING)
    chunks = store.chunks([hit.row for hit in hits])
    found = set()
    for hit in hits:
        if hit.row in chunks:  # else replaced since the search
            side, number, _ = chunks[hit.row].text.split()
            vector = version(int(number)).vectors[("near", "far").index(side)]
            assert hit.score == pytest.approx(float(vector @ query), abs=1e-5)
            found.add(int(number))
    return found


def test_a_writer_killed_at_any_instant_leaves_the_index_before_or_after_its_change(tmp_path):
    chance = random.Random(2024)
    made = 0
    for kill in range(KILLS):
        folder = tmp_path / f"index{kill // KILLS_OF_ONE_INDEX}"
        before = made if kill % KILLS_OF_ONE_INDEX else 0
        life = {"changes": chance.randrange(4), "wait": chance.uniform(0, LONGEST_WAIT)}
        acknowledged = live_and_die(folder, **life) or before
        made = 0
        if LocalStore.exists(folder):
            store = LocalStore.open(folder)
            made = changes_made(store)
            check_content(store, versions_after(made))
            store.close()
        assert made in (acknowledged, acknowledged + 1)


def apply_until_step(folder: Path, step: int, rebuild: bool) -> None:
    """Apply the second change, but die at the ``step``-th line of the store's code that this runs."""
    store = LocalStore.replace(folder, manifest()) if rebuild else LocalStore.open(folder)
    left = step

    def count(frame: FrameType, event: str, _: object) -> Callable[..., object] | None:
        nonlocal left
        if Path(frame.f_code.co_filename).parent.name != "stores":
            return None
        left -= event == "line"
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return count

    sys.settrace(count)
    store.apply(Change(additions=[version(2)], removals=["unknown"], files=[FileState("/source", "/", "2", {})]))
    os._exit(0)


@pytest.mark.parametrize("rebuild", [False, True])
def test_a_writer_killed_at_any_step_of_a_change_leaves_the_index_before_or_after_it(tmp_path, rebuild):
    whole = tmp_path / "whole"
    store = LocalStore.create(whole, manifest())
    store.apply(Change(additions=[version(1)], files=[FileState("/source", "/", "1", {})]))
    store.close()
    after = {"article2": 2} if rebuild else {"article1": 1, "article2": 2}
    outcomes = []
    for step in itertools.count(1, STEPS_BETWEEN_KILLS):
        folder = tmp_path / str(step)
        shutil.copytree(whole, folder)
        child = FORKS.Process(target=apply_until_step, args=(folder, step, rebuild))
        child.start()
        child.join()
        opened = LocalStore.open(folder)
        outcomes.append(changes_made(opened))
        check_content(opened, after if outcomes[-1] == 2 else {"article1": 1})
        opened.close()
        if child.exitcode == 0:
            break
    assert outcomes == sorted(outcomes), "there is one switch"
    assert set(outcomes) == {1, 2}


def test_readers_beside_a_writer_see_one_version_at_a_time(tmp_path):
    """Each change replaces the only article: a search that finds two versions, or a wrong score, mixed two states."""
    store = LocalStore.create(tmp_path, manifest())
    other = LocalStore.open(tmp_path)
    add(store, version(ARTICLES))
    finished = threading.Event()

    def read(reader: LocalStore) -> int:
        seen: set[int] = set()
        while not finished.is_set():
            found = versions_found(reader)
            assert len(found) <= 1
            assert len(reader.lexical({"all": 1.0}, k=10, where=EVERYTHING)) == 2
            seen |= found
        return len(seen)

    with ThreadPoolExecutor(4) as readers:
        reads = [readers.submit(read, reader) for reader in (store, store, other, other)]
        for number in range(2, WRITES):
            add(store, version(number * ARTICLES))
        finished.set()
    assert all(done.result() > 1 for done in reads), "the readers kept up with the writer"
    assert versions_found(other) == {(WRITES - 1) * ARTICLES}
    store.close()
    other.close()


def test_a_reader_in_this_process_follows_a_writer_in_another(tmp_path):
    LocalStore.create(tmp_path, manifest()).close()
    reader = LocalStore.open(tmp_path)
    ours, theirs = FORKS.Pipe(duplex=False)
    child = FORKS.Process(target=keep_changing, args=(tmp_path, theirs))
    child.start()
    try:
        acknowledged = 0
        while acknowledged < REBUILD_EVERY * 3:
            acknowledged = ours.recv()
            assert changes_made(reader) >= acknowledged
            assert len(versions_found(reader)) <= ARTICLES
    finally:
        child.kill()
        child.join()
        ours.close()
        theirs.close()
        reader.close()
