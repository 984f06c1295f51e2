"""Small real parts that several tests share: an embedder whose vectors can be worked out, an empty store, articles."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from qa.analysis import fold, tokens
from qa.assistant import Assistant
from qa.protocols import Manifest, Progress, Vectors
from qa.settings import Settings
from qa.stores.local import LocalStore
from qa.stores.schema import FORMAT

SEEDS = Path(__file__).parent.parent / "seeds"


class WordEmbedder:
    """Counts the words of a text in 64 bins, made a unit vector: the same words in any order give the same vector.

    ``embedded`` holds every passage it was given.
    """

    name = "words"
    fingerprint = "words-64"
    dimension = 64

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed_passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        self.embedded += texts
        return self.embed_questions(texts)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            bins = [zlib.crc32(fold(token.text).encode()) % self.dimension for token in tokens(text)]
            np.add.at(vectors[row], bins or [0], 1)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def word_embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def local_settings(tmp_path: Path) -> Settings:
    """The defaults, with a store of its own."""
    return Settings(_env_file=None, store=str(tmp_path / "store"))


@pytest.fixture
def empty_store(local_settings: Settings, word_embedder: WordEmbedder) -> LocalStore:
    """An empty store in ``local_settings.store``, made for ``word_embedder``."""
    manifest = Manifest(
        format=FORMAT,
        embedder=word_embedder.name,
        fingerprint=word_embedder.fingerprint,
        dimension=word_embedder.dimension,
        chunk_size=local_settings.chunk_size,
        chunk_overlap=local_settings.chunk_overlap,
    )
    return LocalStore.create(Path(local_settings.store), manifest)


@pytest.fixture(scope="session")
def seeds_assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Over the five articles, with the shipped models and the defaults."""
    settings = Settings(_env_file=None, store=str(tmp_path_factory.mktemp("seeds") / "index"))
    assistant = Assistant.build([str(SEEDS)], settings=settings)
    yield assistant
    assistant.close()


@pytest.fixture(scope="session")
def seeds_store(seeds_assistant: Assistant) -> Path:
    """The folder of an index of the five articles; to be read only."""
    return Path(seeds_assistant.settings.store)
