"""An index run embeds what is new, forgets what is gone, and happens whole or not at all."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS, WordEmbedder

from qa.analysis import stem
from qa.errors import BadInput, IndexMismatch
from qa.indexing import IndexReport, sync
from qa.protocols import Change, Progress, Vectors
from qa.records import Filter
from qa.settings import Settings
from qa.staging import FILE
from qa.stores.local import LocalStore

LEAD = "Le ministre a signé mardi à Vilnius un contrat pour neuf batteries."
BODY = "Quatre batteries reviendront à la Lituanie et deux à l’Estonie."


class Workshop:
    """A folder of articles, an index of it, and the embedder that sees what is embedded."""

    def __init__(self, root: Path, store: LocalStore, embedder: WordEmbedder, settings: Settings) -> None:
        self.root = root
        self.store = store
        self.embedder = embedder
        self.settings = settings

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def sync(self, *names: str, progress: Progress | None = None) -> IndexReport:
        self.embedder.embedded.clear()
        sources = [str(self.root / name) for name in names or ("news",)]
        return sync(self.store, sources, embedder=self.embedder, settings=self.settings, progress=progress)

    def ids(self) -> list[str]:
        return [entry.id for entry in self.store.articles()]


@pytest.fixture
def workshop(
    tmp_path: Path, empty_store: LocalStore, word_embedder: WordEmbedder, local_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Workshop:  # fmt: skip
    monkeypatch.setattr("qa.discovery.FRESH_NS", -(10**9))  # the tests' files were all written just now
    made = Workshop(tmp_path, empty_store, word_embedder, local_settings)
    made.write("news/a.txt", f"Un contrat\n{LEAD}")
    made.write("news/b.txt", f"Un partage\n{BODY}")
    return made


def test_the_five_articles_are_indexed_and_found(workshop: Workshop) -> None:
    report = workshop.sync(str(SEEDS))
    assert [name[:3] for name in report.added] == ["000", "001", "002", "003", "004"]
    assert report.passages == len(workshop.store) == len(workshop.embedder.embedded) > 20
    assert (report.skipped, report.copies, report.removed) == ((), (), ())
    [vector] = workshop.embedder.embed_questions(["au moins 10 systèmes Patriot américain"])
    dense = workshop.store.dense(vector, k=3, where=Filter())
    lexical = workshop.store.lexical({stem("Patriot", "fr"): 1.0}, k=10, where=Filter())
    near, named = (workshop.store.chunks([each.row for each in found]).values() for found in (dense, lexical))
    assert any("10 systèmes Patriot" in chunk.text for chunk in near)
    assert len(named) == 2
    assert all("Patriot" in chunk.text for chunk in named)


def test_an_untouched_file_is_not_even_opened(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    workshop.sync()
    monkeypatch.setattr("qa.planning.read", None)  # reading would fail
    report = workshop.sync()
    assert report.unchanged == ("a.txt", "b.txt")
    assert (report.added, report.changed, report.removed, report.passages) == ((), (), (), 0)


def test_a_touched_file_with_the_same_content_is_not_embedded_again(workshop: Workshop) -> None:
    workshop.sync()
    os.utime(workshop.root / "news" / "a.txt", (1, 1))
    assert workshop.sync().unchanged == ("b.txt", "a.txt")
    assert workshop.embedder.embedded == []


def test_a_file_indexed_fresh_is_read_again_though_it_looks_the_same(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.discovery.FRESH_NS", 2 * 10**9)
    workshop.sync()
    workshop.write("news/a.txt", f"Un contrat\n{LEAD}".replace("neuf", "onze"))  # of the same size
    assert workshop.sync().changed == ("a.txt",)


def test_a_changed_article_is_replaced(workshop: Workshop) -> None:
    workshop.sync()
    workshop.write("news/a.txt", f"Un contrat\n{LEAD} {LEAD.replace('neuf', 'onze')}")
    report = workshop.sync()
    assert (report.added, report.changed, report.unchanged) == ((), ("a.txt",), ("b.txt",))
    article = workshop.store.article("a.txt")
    assert article is not None
    assert "onze" in article.text
    assert len(workshop.store) == 2


def test_a_file_that_vanished_leaves_and_other_sources_stay(workshop: Workshop) -> None:
    workshop.write("old/c.txt", f"Un accord\n{LEAD}")
    workshop.sync("news", "old")
    (workshop.root / "news" / "a.txt").unlink()
    report = workshop.sync("news")
    assert report.removed == ("a.txt",)
    assert workshop.ids() == ["b.txt", "c.txt"]
    assert len(workshop.store.files()) == 2


def test_a_file_that_broke_leaves_and_is_told_each_time(workshop: Workshop) -> None:
    workshop.sync()
    (workshop.root / "news" / "a.txt").write_bytes(b"\x00\x01")
    for removed in (("a.txt",), ()):
        report = workshop.sync()
        assert report.removed == removed
        assert [skip.reason for skip in report.skipped] == ["not text (binary data)"]


def test_a_bad_line_is_told_each_time(workshop: Workshop) -> None:
    workshop.write("news/c.jsonl", json.dumps({"text": LEAD}) + "\nno json")
    for _ in range(2):
        assert [skip.path[-9:] for skip in workshop.sync().skipped] == ["c.jsonl:2"]
    assert "c.jsonl#1" in workshop.ids()


def test_one_id_in_two_folders_is_told_with_the_remedy(workshop: Workshop) -> None:
    workshop.write("more/a.txt", f"Un autre contrat\n{BODY}")
    for run in (("news", "more"), ("more",)):
        report = workshop.sync(*run)
        [skip] = report.skipped
        assert skip.path == str(workshop.root / "more" / "a.txt")
        assert skip.reason == (
            f"its id 'a.txt' is taken by {workshop.root / 'news' / 'a.txt'}; "
            f"index their common parent folder instead: qa index {workshop.root}"
        )
    assert workshop.ids() == ["a.txt", "b.txt"]


def test_one_id_on_two_lines_is_told(workshop: Workshop) -> None:
    path = workshop.write("news/c.jsonl", "\n".join(json.dumps({"id": "x", "text": text}) for text in (LEAD, BODY)))
    [skip] = workshop.sync().skipped
    assert skip.reason == f"its id 'x' is taken by {path}; give one of the two another id"


def test_a_folder_that_moved_takes_its_articles_along(workshop: Workshop) -> None:
    workshop.sync()
    (workshop.root / "news").rename(workshop.root / "archive")
    report = workshop.sync("archive")
    assert (report.unchanged, report.removed, report.skipped) == (("a.txt", "b.txt"), (), ())
    assert workshop.embedder.embedded == []
    assert {Path(path).parent.name for path in workshop.store.files()} == {"archive"}


def test_the_same_file_under_another_source_changes_hands(workshop: Workshop) -> None:
    workshop.sync("news")
    assert workshop.sync("news/a.txt").unchanged == ("a.txt",)
    assert workshop.sync("news").unchanged == ("b.txt", "a.txt")
    (workshop.root / "link").symlink_to(workshop.root / "news")
    assert workshop.sync("link").skipped == ()
    assert len(workshop.store.files()) == 2
    report = workshop.sync("news", "news/a.txt", "news")
    assert sorted(report.unchanged) == ["a.txt", "b.txt"]


def test_the_parent_folder_takes_over_with_longer_ids(workshop: Workshop) -> None:
    workshop.sync("news")
    report = workshop.sync("news/..")
    assert report.removed == ("a.txt", "b.txt")
    assert workshop.ids() == ["news/a.txt", "news/b.txt"]


def test_copies_are_told_whatever_their_case_and_furniture(workshop: Workshop) -> None:
    workshop.sync()
    workshop.write("news/c.txt", f"Un contrat\r\n\r\n{LEAD.upper()}\r\nVoir l'original")
    assert workshop.sync().copies == (("c.txt", "a.txt"),)
    assert workshop.sync().copies == (("c.txt", "a.txt"),)
    assert workshop.ids() == ["a.txt", "b.txt", "c.txt"]


def test_progress_is_told_in_passages(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.indexing.SAVED_AT_ONCE", 10)
    told: list[tuple[int, int]] = []
    total = workshop.sync(str(SEEDS), progress=lambda done, total: told.append((done, total))).passages
    assert told == [*((done, total) for done in range(10, total, 10)), (total, total)]


class Interrupted(WordEmbedder):
    """Stops, as by ctrl-C, at its third batch."""

    def embed_passages(self, texts: list[str], *, progress: Progress | None = None) -> Vectors:  # type: ignore[override]
        if len(self.embedded) >= 20:
            raise KeyboardInterrupt
        return super().embed_passages(texts, progress=progress)


def test_an_interrupted_run_changes_nothing_and_goes_on_where_it_stopped(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.indexing.SAVED_AT_ONCE", 10)
    workshop.sync()
    with pytest.raises(KeyboardInterrupt):
        sync(workshop.store, [str(SEEDS)], embedder=Interrupted(), settings=workshop.settings)
    assert workshop.ids() == ["a.txt", "b.txt"]
    report = workshop.sync(str(SEEDS))
    assert len(workshop.embedder.embedded) == report.passages - 20
    assert not (Path(workshop.settings.store) / FILE).exists()
    for row, vector in enumerate(workshop.embedder.embed_questions(workshop.embedder.embedded)):
        assert np.isclose(workshop.store.dense(vector, k=1, where=Filter())[0].score, 1), row


def test_a_failed_commit_keeps_the_vectors(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(change: Change) -> None:
        raise BadInput("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(workshop.store, "apply", busy)
        with pytest.raises(BadInput, match="disk"):
            workshop.sync()
    assert workshop.ids() == []
    workshop.sync()
    assert workshop.embedder.embedded == []
    assert workshop.ids() == ["a.txt", "b.txt"]


def test_a_broken_staging_file_is_replaced(workshop: Workshop) -> None:
    staging = Path(workshop.settings.store) / FILE
    staging.write_bytes(b"not a database" * 100)
    assert workshop.sync().added == ("a.txt", "b.txt")
    assert not staging.exists()


def test_an_unusable_source_leaves_the_index_alone(workshop: Workshop) -> None:
    workshop.sync()
    for sources in (["news", "missing"], ["news/*.pdf"]):
        with pytest.raises(BadInput):
            workshop.sync(*sources)
    with pytest.raises(BadInput, match="no sources"):
        sync(workshop.store, [], embedder=workshop.embedder, settings=workshop.settings)
    assert workshop.ids() == ["a.txt", "b.txt"]


def test_an_index_of_another_model_or_other_passages_is_not_mixed(workshop: Workshop) -> None:
    other = WordEmbedder()
    other.fingerprint = "words-65"
    with pytest.raises(IndexMismatch, match="embedder words"):
        sync(workshop.store, [str(SEEDS)], embedder=other, settings=workshop.settings)
    smaller = workshop.settings.model_copy(update={"chunk_size": 300})
    with pytest.raises(IndexMismatch, match="QA_CHUNK_SIZE=600"):
        sync(workshop.store, [str(SEEDS)], embedder=workshop.embedder, settings=smaller)
