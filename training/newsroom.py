"""The newsroom as training data: its questions, its index, and an embedder that remembers what it embedded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from qa.assembly import manifest_for, store_folder
from qa.indexing import sync
from qa.protocols import Embedder, Progress, Vectors
from qa.settings import Settings
from qa.stores.local import LocalStore
from training.split import Part, part_of

NEWSROOM = Path("newsroom")


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
        keys = np.frombuffer(bytes.fromhex("".join(self._known)), dtype=np.uint8).reshape(len(self._known), -1)
        save_file({"keys": keys, "vectors": np.stack(list(self._known.values()))}, self._path)

    def _look_up(self, texts: Sequence[str], embed: Callable[[Sequence[str]], Vectors]) -> Vectors:
        by_key = {self._key(embed.__name__, text): text for text in texts}
        missing = {key: text for key, text in by_key.items() if key not in self._known}
        if missing:
            self._known.update(zip(missing, embed(list(missing.values())), strict=True))
        return np.stack([self._known[self._key(embed.__name__, text)] for text in texts])

    def _key(self, kind: str, text: str) -> str:
        return hashlib.blake2b(f"{self.fingerprint} {kind} {text}".encode(), digest_size=16).hexdigest()


def open_newsroom(settings: Settings, embedder: Embedder) -> LocalStore:
    """The newsroom's index, made or brought up to date."""
    folder = store_folder(settings)
    store = (
        LocalStore.open(folder)
        if LocalStore.exists(folder)
        else LocalStore.create(folder, manifest_for(embedder, settings))
    )
    sync(store, [str(NEWSROOM / "articles.jsonl")], embedder=embedder, settings=settings)
    return store


def texts(store: LocalStore) -> Iterator[str]:
    """The text of each article."""
    for entry in store.articles():
        article = store.article(entry.id)
        if article is not None:
            yield article.text


def load_questions() -> list[Question]:
    with (NEWSROOM / "questions.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Question(r["id"], r["article_id"], r["lang"], r["question"], tuple(r["answers"]), r["evidence"]) for r in rows
    ]
