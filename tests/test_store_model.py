"""After any sequence of changes, the local store holds and finds what a plain dict and brute force would."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import EVERYTHING, addition, manifest

from qa.protocols import Addition, Change, FileState
from qa.records import Filter
from qa.stores.local import LocalStore

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
PASSAGES = st.lists(st.tuples(TEXTS, st.tuples(st.integers(-3, 3), st.integers(-3, 3))), max_size=4)
IDS = st.sampled_from(["a", "b/c.txt", "d é", "e😀"])
DATES = st.sampled_from([None, "2024-01-31", "2024-02-01", "2025-01-01"])
ADDITIONS = st.builds(
    lambda article_id, passages, language, date: addition(article_id, *passages, language=language, date=date),
    IDS, PASSAGES, st.sampled_from(["en", "fr"]), DATES,
)  # fmt: skip
FILES = st.builds(FileState, st.sampled_from(["/1", "/2"]), st.just("/"), TEXTS, st.dictionaries(IDS, TEXTS))
CHANGES = st.builds(
    Change,
    additions=st.lists(ADDITIONS, max_size=3),
    removals=st.lists(IDS, max_size=2),
    files=st.lists(FILES, max_size=2),
    gone_files=st.lists(st.sampled_from(["/1", "/2"]), max_size=1),
)
FILTERS = st.builds(
    Filter,
    article_ids=st.none() | st.frozensets(IDS),
    languages=st.none() | st.frozensets(st.sampled_from(["en", "fr"])),
    since=DATES,
    until=DATES,
)


@dataclass
class Model:
    """What the store should hold."""

    additions: dict[str, Addition] = field(default_factory=dict)
    files: dict[str, FileState] = field(default_factory=dict)

    def apply(self, change: Change) -> None:
        for article_id in change.removals:
            self.additions.pop(article_id, None)
        self.additions.update({each.article.id: each for each in change.additions})
        for path in change.gone_files:
            self.files.pop(path, None)
        self.files.update({file.path: file for file in change.files})

    def vectors(self, where: Filter) -> dict[tuple[str, int], np.ndarray]:
        """The vectors of the passages that pass, by article and start."""
        return {
            (each.article.id, chunk.start): vector
            for each in self.additions.values()
            if passes(each, where)
            for chunk, vector in zip(each.chunks, each.vectors, strict=True)
        }

    def with_term(self, term: str, where: Filter) -> set[tuple[str, int]]:
        return {
            (each.article.id, chunk.start)
            for each in self.additions.values()
            if passes(each, where)
            for chunk, terms in zip(each.chunks, each.terms, strict=True)
            if term.lower() in [other.lower() for other in terms]
        }


def passes(each: Addition, where: Filter) -> bool:
    article = each.article
    return (
        (where.article_ids is None or article.id in where.article_ids)
        and (where.languages is None or article.language in where.languages)
        and (where.since is None or (article.date or "") >= where.since)
        and (where.until is None or (article.date or "9999") <= where.until)
    )


def compare(store: LocalStore, model: Model, where: Filter, k: int) -> None:
    assert {entry.id: store.article(entry.id) for entry in store.articles()} == {
        article_id: each.article for article_id, each in model.additions.items()
    }
    assert store.files() == model.files
    everything = model.vectors(EVERYTHING)
    assert len(store) == len(everything) == sum(entry.passages for entry in store.articles())

    query = np.array([1, 2], dtype=np.float32)
    hits = store.dense(query, k=k, where=where)
    chunks = store.chunks([hit.row for hit in hits])
    allowed = model.vectors(where)
    assert [hit.score for hit in hits] == sorted((float(v @ query) for v in allowed.values()), reverse=True)[:k]
    for hit in hits:
        chunk = chunks[hit.row]
        assert chunk in model.additions[chunk.article_id].chunks
        assert chunk.text == model.additions[chunk.article_id].article.text[chunk.start : chunk.end]
        assert float(allowed[chunk.article_id, chunk.start] @ query) == hit.score

    terms = {term for each in model.additions.values() for passage in each.terms for term in passage}
    for term in sorted(terms)[:3]:
        matches = store.lexical({term: 1.0}, k=100, where=where)
        found = store.chunks([hit.row for hit in matches]).values()
        assert {(chunk.article_id, chunk.start) for chunk in found} == model.with_term(term, where)
        assert store.document_frequencies([term]) == {term: len(model.with_term(term, EVERYTHING))}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(CHANGES, st.booleans()), max_size=5), FILTERS, st.integers(1, 6))
def test_the_store_equals_a_plain_dict_after_any_changes(steps, where, k):
    model = Model()
    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore.create(Path(folder), manifest())
        for change, reopen in steps:
            store.apply(change)
            model.apply(change)
            if reopen:
                store.close()
                store = LocalStore.open(Path(folder))
            compare(store, model, where, k)
        store.close()
