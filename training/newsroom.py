"""The newsroom as training data: its questions, its index, and an embedder that remembers what it embedded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from qa.assembly import load_chosen_embedder, manifest_for, open_store, store_folder
from qa.errors import IndexMismatch, IndexMissing
from qa.indexing import sync
from qa.lexicon import Lexicon, load_lexicon
from qa.protocols import Embedder, Progress, Vectors
from qa.retrieval import Retriever
from qa.settings import Settings, load_settings
from qa.stores.local import LocalStore
from training.split import Part, part_of

FOLDERS = (Path("newsroom"), Path("newsroom/training"))


@dataclass(frozen=True)
class Question:
    """A newsroom question."""

    id: str
    article_id: str
    lang: str
    question: str
    answers: tuple[str, ...]
    evidence: str | None

    @property
    def part(self) -> Part:
        return part_of(self.article_id)


@dataclass(frozen=True)
class NewsroomArticle:
    """A newsroom article."""

    id: str
    title: str
    text: str


class RememberingEmbedder:
    """An embedder that embeds each text once, and remembers it in a file between runs."""

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self._embedder = embedder
        self._path = path
        self._known: dict[str, NDArray[np.float32]] = {}
        self.name, self.fingerprint, self.dimension = embedder.name, embedder.fingerprint, embedder.dimension
        if path.exists():
            arrays = load_file(path)
            keys = [row.tobytes().hex() for row in arrays["keys"]]
            self._known = dict(zip(keys, arrays["vectors"], strict=True))

    def embed_passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        return self._look_up(texts, self._embedder.embed_passages)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        return self._look_up(texts, self._embedder.embed_questions)

    def save(self) -> None:
        if not self._known:
            return
        keys = np.frombuffer(bytes.fromhex("".join(self._known)), dtype=np.uint8).reshape(len(self._known), -1)
        save_file({"keys": keys, "vectors": np.stack(list(self._known.values()))}, self._path)

    def _look_up(self, texts: Sequence[str], embed: Callable[[Sequence[str]], Vectors]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        by_key = {self._key(embed.__name__, text): text for text in texts}
        missing = {key: text for key, text in by_key.items() if key not in self._known}
        if missing:
            self._known.update(zip(missing, embed(list(missing.values())), strict=True))
        return np.stack([self._known[self._key(embed.__name__, text)] for text in texts])

    def _key(self, kind: str, text: str) -> str:
        return hashlib.blake2b(f"{self.fingerprint} {kind} {text}".encode(), digest_size=16).hexdigest()


def open_newsroom(settings: Settings, embedder: Embedder) -> LocalStore:
    """The newsroom's index, made or brought up to date; one made with another embedder or other cuts is replaced."""
    manifest = manifest_for(embedder, settings)
    try:
        store = open_store(settings, manifest, check_chunks=True)
    except (IndexMissing, IndexMismatch):
        store = LocalStore.replace(store_folder(settings), manifest)
    sync(store, [str(folder / "articles.jsonl") for folder in FOLDERS], embedder=embedder, settings=settings)
    return store


@dataclass(frozen=True)
class Search:
    """The newsroom's index and all that finds passages in it."""

    store: LocalStore
    embedder: RememberingEmbedder
    lexicon: Lexicon
    retriever: Retriever


def open_search(work: Path, questions: Sequence[Question]) -> Search:
    """Search the index in the work folder, made there if need be, with the chosen embedder.

    The questions are embedded all at once, which is several times faster than one by one.
    """
    settings = load_settings(store=work / "index")
    embedder = RememberingEmbedder(load_chosen_embedder(settings), work / "vectors.safetensors")
    store = open_newsroom(settings, embedder)
    embedder.embed_questions([question.question for question in questions])
    lexicon = load_lexicon()
    return Search(store, embedder, lexicon, Retriever(store, embedder, lexicon))


def load_questions() -> list[Question]:
    return [
        Question(r["id"], r["article_id"], r["lang"], r["question"], tuple(r["answers"]), r["evidence"])
        for r in _rows("questions")
    ]


def load_articles() -> dict[str, NewsroomArticle]:
    """Every article of the newsroom, by id."""
    return {r["id"]: NewsroomArticle(r["id"], r["title"], r["text"]) for r in _rows("articles")}


def _rows(name: str) -> Iterator[dict[str, Any]]:
    for folder in FOLDERS:
        with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
