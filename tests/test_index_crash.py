"""An index run killed at any instant leaves the index as before or as after; the next run completes it."""

import multiprocessing
import os
import random
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from conftest import SEEDS

from qa import cli
from qa.assistant import Assistant
from qa.records import Filter
from qa.settings import Settings
from qa.stores.local import LocalStore

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL and forked children")

KILLS = 12
TOWNS = "Brest Calais Dijon Évian Foix Gap Hyères Istres Laon Metz Nice Orange".split()
Content = dict[str, str]

# Children are forked from a process that has imported all libraries once; only then most kills meet the work itself.
FORKS = multiprocessing.get_context("forkserver") if os.name != "nt" else multiprocessing.get_context()


@pytest.fixture(autouse=True, scope="module")
def _importable_by_the_fork_server():
    """Before 3.13 the fork server looks for modules where a new interpreter would, not where this one does."""
    FORKS.set_forkserver_preload(["test_index_crash", "sentence_transformers", "py3langid"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        yield


def article(town: str, *, births: int = 90) -> str:
    return f"Les naissances à {town}\nLa mairie de {town} a enregistré {births} naissances cette année."


BEFORE: Content = {f"{town}.txt": article(town) for town in TOWNS}
# Two changed, one removed, one added.
AFTER: Content = {f"{town}.txt": article(town) for town in TOWNS if town != "Calais"} | {
    "Brest.txt": article("Brest", births=100),
    "Dijon.txt": article("Dijon", births=100),
    "Pau.txt": article("Pau"),
}


def put(folder: Path, wanted: Content) -> None:
    """Make the folder hold just these articles."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def content(folder: Path) -> Content:
    """The articles of the index, each found by its words and in its place; none without an index."""
    if not LocalStore.exists(folder):
        return {}
    store = LocalStore.open(folder)  # refuses an index whose parts contradict each other
    entries = store.articles()
    articles = {entry.id: store.article(entry.id).text for entry in entries}
    assert len(store) == sum(entry.passages for entry in entries)
    for name, text in articles.items():
        worded = store.lexical({"naissanc": 1.0}, k=10, where=Filter(article_ids=frozenset({name})))
        chunks = store.chunks([ranked.row for ranked in worded]).values()
        assert chunks
        assert all(chunk.text == text[chunk.start : chunk.end] for chunk in chunks)
    store.close()
    return articles


def index(news: Path, store: Path) -> None:
    """What ``qa index`` does, in silence."""
    sys.argv = ["qa", "index", str(news), "--store", str(store)]
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        cli.main()


def forked(news: Path, store: Path) -> BaseProcess:
    child = FORKS.Process(target=index, args=(news, store))
    child.start()
    return child


def finish(child: BaseProcess) -> float:
    """Wait for a run to its end, which must be a good one; the seconds it took."""
    began = time.perf_counter()
    child.join(60)
    assert child.exitcode == 0
    return time.perf_counter() - began


def test_a_killed_run_leaves_what_was_there_or_what_should_be_and_the_next_completes_it(tmp_path):
    news, store = tmp_path / "news", tmp_path / "store"
    put(news, BEFORE)
    finish(forked(news, tmp_path / "first"))  # the fork server itself has to start
    wait = finish(forked(news, tmp_path / "second"))
    chance = random.Random(7)
    old: Content = {}
    new = BEFORE
    completed = 0
    for _ in range(KILLS):
        put(news, new)
        child = forked(news, store)
        time.sleep(wait * chance.uniform(0.9, 1.1))
        child.kill()
        child.join()
        found = content(store)
        assert found in (old, new)
        # Later after a kill that came too early, and the other way round: most come near the switch.
        wait *= 0.85 if found == new else 1.15
        if found == new:
            completed += 1
            old, new = new, AFTER if new == BEFORE else BEFORE
    assert 0 < completed < KILLS, "all kills came too late, or all too early"
    finish(forked(news, store))
    assert content(store) == {path.name: path.read_text(encoding="utf-8") for path in news.iterdir()}


def test_after_the_command_was_killed_the_assistant_opens_and_the_command_goes_on(tmp_path):
    news, store = tmp_path / "news", tmp_path / "store"

    def command() -> "subprocess.Popen[bytes]":
        arguments = [sys.executable, "-m", "qa", "index", str(news), "--store", str(store)]
        return subprocess.Popen(arguments, cwd=SEEDS.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    put(news, BEFORE)
    began = time.perf_counter()
    assert command().wait(60) == 0
    whole = time.perf_counter() - began
    put(news, AFTER)
    killed = command()
    time.sleep(0.85 * whole)
    killed.kill()
    killed.wait()
    assistant = Assistant.open(settings=Settings(_env_file=None, store=str(store)))
    assert "naissances" in assistant.search("Combien de naissances à Nice ?", k=1)[0].chunk.text
    assistant.close()
    assert content(store) in (BEFORE, AFTER)
    assert command().wait(60) == 0
    assert content(store) == AFTER
