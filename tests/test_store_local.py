"""The local store keeps, replaces and forgets articles and files as its contract says."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from store_samples import EVERYTHING, add, add_winds, addition, found, manifest, worded

from qa.errors import BadInput, IndexBusy, IndexMismatch, IndexMissing
from qa.protocols import Addition, Change, FileState
from qa.records import Filter
from qa.stores.disk import writing
from qa.stores.local import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = LocalStore.create(tmp_path / "index", manifest())
    yield opened
    opened.close()


@pytest.fixture
def filled(store: LocalStore) -> LocalStore:
    add_winds(store)
    return store


def test_a_new_index_is_empty(store):
    assert len(store) == 0
    assert found(store, [1, 0]) == worded(store, "sun") == store.articles() == []
    assert store.languages() == frozenset()
    assert store.files() == {}
    assert store.article("east") is None


def test_articles_are_listed_by_id_with_their_passages_counted(filled):
    add(filled, addition("bare"))
    assert [(entry.id, entry.passages) for entry in filled.articles()] == [
        ("bare", 0), ("both", 2), ("east", 1), ("north", 1)
    ]  # fmt: skip
    assert filled.languages() == {"en", "fr"}
    assert len(filled) == 4


def test_a_replaced_article_is_found_by_its_new_words_only(filled):
    (old,) = filled.lexical({"rises": 1.0}, k=1, where=EVERYTHING)
    add(filled, addition("east", ("moon sets", [-1, 0])))
    assert worded(filled, "rises") == []
    assert worded(filled, "moon") == found(filled, [-1, 0], k=1) == ["moon sets"]
    assert filled.document_frequencies(["rises", "moon", "rose"]) == {"rises": 0, "moon": 1, "rose": 2}
    assert filled.chunks([old.row]) == {}, "a row number is never given to another passage"


def test_the_row_numbers_of_removed_passages_are_not_given_again(store):
    add(store, addition("a", ("one", [1, 0])))
    (first,) = store.lexical({"one": 1.0}, k=1, where=EVERYTHING)
    store.apply(Change(removals=["a", "unknown"]))
    assert len(store) == 0
    add(store, addition("b", ("one", [1, 0])))
    (second,) = store.lexical({"one": 1.0}, k=1, where=EVERYTHING)
    assert second.row > first.row


def test_other_passages_keep_their_rows_and_vectors_when_some_change(filled):
    where = Filter(article_ids=frozenset({"both"}))
    before = filled.dense(np.array([1, 0], dtype=np.float32), k=2, where=where)
    filled.apply(Change(additions=[addition("new", ("x", [0, -1]))], removals=["east"]))
    assert filled.dense(np.array([1, 0], dtype=np.float32), k=2, where=where) == before


def test_of_two_versions_in_one_change_the_last_is_kept(store):
    store.apply(Change(additions=[addition("a", ("old", [1, 0])), addition("a", ("new", [1, 0]))], removals=["a"]))
    assert found(store, [1, 0]) == ["new"]


def test_source_files_are_remembered_updated_and_forgotten(store):
    one = FileState("/x/1.txt", "/x", "10-1-1", {"1.txt": "d1", "é": "d2"})
    two = FileState("/x/2.txt", "/x", "20-1-1", {})
    store.apply(Change(files=[one, two]))
    assert store.files() == {one.path: one, two.path: two}
    newer = FileState(one.path, "/x", "11-2-2", {})
    store.apply(Change(files=[newer], gone_files=[two.path]))
    assert store.files() == {one.path: newer}


def test_what_was_stored_is_there_when_opened_again(filled, tmp_path):
    articles = filled.articles()
    filled.close()
    again = LocalStore.open(tmp_path / "index")
    assert again.manifest == manifest()
    assert again.articles() == articles
    assert found(again, [1, 0], k=1) == worded(again, "rises") == ["sun rises"]
    again.close()


def test_an_open_reader_sees_what_another_store_writes(filled, tmp_path):
    reader = LocalStore.open(tmp_path / "index")
    add(filled, addition("west", ("sun sets", [-1, 0])))
    assert found(reader, [-1, 0], k=1) == worded(reader, "sets") == ["sun sets"]
    assert len(reader) == 5
    reader.close()


def test_parts_that_do_not_fit_together_are_refused_and_change_nothing(filled):
    good = addition("east", ("x", [1, 0]))
    wrong = [
        addition("wide", ("x", [1, 0, 0]), dimension=3),
        Addition(good.article, good.chunks, good.vectors, []),
        Addition(good.article, good.chunks, good.vectors * np.nan, good.terms),
        Addition(good.article, addition("east", ("y", [1, 0])).chunks, good.vectors, good.terms),
    ]
    for part in wrong:
        with pytest.raises(BadInput, match=part.article.id):
            add(filled, good, part)
    assert found(filled, [1, 0], k=1) == ["sun rises"]


def test_a_missing_index_is_told_with_the_command_that_builds_it(tmp_path):
    assert not LocalStore.exists(tmp_path)
    with pytest.raises(IndexMissing, match=f"qa index PATH --store {tmp_path}"):
        LocalStore.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_index_is_never_made_anew(filled, tmp_path):
    with pytest.raises(BadInput, match="holds an index already"):
        LocalStore.create(tmp_path / "index", manifest())
    assert len(filled) == 4


def test_an_index_cannot_be_made_where_a_file_stands(tmp_path):
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BadInput, match="choose another"):
            LocalStore.create(folder, manifest())
    assert (tmp_path / "file").read_text() == "mine"


def test_a_second_writer_is_refused_at_once_while_readers_go_on(filled, tmp_path):
    def write() -> None:
        with pytest.raises(IndexBusy, match="try again"):
            add(filled, addition("west", ("sun sets", [-1, 0])))

    with writing(tmp_path / "index"), ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(write).result(timeout=5)
        assert found(filled, [1, 0], k=1) == ["sun rises"]
    add(filled, addition("west", ("sun sets", [-1, 0])))


def test_a_closed_store_says_so(filled):
    filled.close()
    with pytest.raises(BadInput, match="closed"):
        len(filled)


def test_the_old_index_stays_until_the_first_change_of_its_replacement(filled, tmp_path):
    folder = tmp_path / "index"
    new = LocalStore.replace(folder, manifest(dimension=3, embedder="other"))
    assert len(new) == 0
    assert new.articles() == found(new, [1, 0, 0]) == []
    assert found(filled, [1, 0], k=1) == ["sun rises"]
    LocalStore.open(folder).close()

    add(new, addition("east", ("third axis", [0, 0, 1]), dimension=3))
    assert found(new, [0, 0, 1]) == ["third axis"]
    add(new, addition("west", ("first axis", [1, 0, 0]), dimension=3))
    assert len(new) == 2
    new.close()
    again = LocalStore.open(folder)
    assert again.manifest.embedder == "other"
    assert [entry.id for entry in again.articles()] == ["east", "west"]
    again.close()
    with pytest.raises(IndexMismatch, match="open it again"):
        found(filled, [1, 0])
    with pytest.raises(IndexMismatch):
        add(filled, addition("late", ("x", [1, 0])))


def test_readers_move_on_to_a_replacement_of_the_same_kind(filled, tmp_path):
    (old,) = filled.lexical({"rises": 1.0}, k=1, where=EVERYTHING)
    new = LocalStore.replace(tmp_path / "index", manifest())
    add(new, addition("only", ("all new", [1, 0])))
    assert found(filled, [1, 0]) == worded(filled, "new") == ["all new"]
    assert filled.chunks([old.row]) == {}
    assert filled.document_frequencies(["rises"]) == {"rises": 0}
    new.close()


def test_replacing_where_nothing_stands_makes_a_new_index(tmp_path):
    LocalStore.replace(tmp_path / "index", manifest()).close()
    assert LocalStore.exists(tmp_path / "index")


def test_only_the_current_vectors_are_kept_on_the_disk(filled, tmp_path):
    (tmp_path / "index" / "vectors-0123456789abcdef.faiss").write_bytes(b"left by a crash")
    add(filled, addition("west", ("sun sets", [-1, 0])))
    assert len(list((tmp_path / "index").glob("*.faiss"))) == 1
