"""Turns text into unit vectors with sentence-transformers: any hub name or local folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from qa.loading import load_model
from qa.protocols import Progress, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH = 32  # passages of about one length; larger batches are no faster on a CPU
_SLICE = BATCH * 8  # texts between two reports of progress
# The e5 family was trained with these and its model files often leave them out (Wang et al., 2022).
_E5_PROMPTS = {"query": "query: ", "document": "passage: "}
_E5 = re.compile(r"(^|[-_/])e5([-_/]|$)")


class SentenceTransformerEmbedder:
    """An ``Embedder`` over a sentence-transformers model, with its query and passage prompts."""

    def __init__(self, model: SentenceTransformer, *, name: str, fingerprint: str) -> None:
        self._model = model
        self._name = name
        self._fingerprint = fingerprint
        self._dimension = int(cast(int, model.get_embedding_dimension()))

    @property
    def name(self) -> str:
        return self._name

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def dimension(self) -> int:
        return self._dimension

    def embed_passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Shape (len(texts), dimension), float32, unit rows; texts of about one length share a batch."""
        vectors = np.empty((len(texts), self._dimension), dtype=np.float32)
        longest_first = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for start in range(0, len(texts), _SLICE):
            part = longest_first[start : start + _SLICE]
            vectors[part] = self._model.encode_document(
                [texts[i] for i in part], batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
            )
            if progress is not None:
                progress(min(start + _SLICE, len(texts)), len(texts))
        return vectors

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, unit rows."""
        encoded = self._model.encode_query(
            list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(encoded, dtype=np.float32).reshape(len(texts), self._dimension)


def load_embedder(source: str, name: str, *, setting: str | None = "QA_EMBEDDER") -> SentenceTransformerEmbedder:
    """Load the folder ``source``, or else the model of the hub of that name; it will go by ``name``.

    ``setting`` is what named it; None for the embedder that is shipped. Raises ``ModelUnavailable``.
    """
    model = load_model(source, setting=setting, load=_from_pretrained)
    if not any(model.prompts.values()) and _E5.search(Path(source).name.lower()):
        model.prompts = dict(_E5_PROMPTS)
    return SentenceTransformerEmbedder(model, name=name, fingerprint=_fingerprint(model))


def _from_pretrained(source: str, *, local: bool) -> SentenceTransformer:
    import torch
    from sentence_transformers import SentenceTransformer

    # Weights are stored in 16 bits, which a CPU computes slowly.
    return SentenceTransformer(source, local_files_only=local, model_kwargs={"dtype": torch.float32})


def _fingerprint(model: SentenceTransformer) -> str:
    """A digest of all that decides the vectors: weights, modules, length limit, prompts."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr((str(model), model.max_seq_length, sorted(model.prompts.items()))).encode())
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(np.ascontiguousarray(tensor.detach().cpu().float().numpy()).data)
    return digest.hexdigest()
