"""Turns text into unit vectors with sentence-transformers: any hub name or local folder."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from qa.errors import ModelUnavailable
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


def load_embedder(source: str, name: str) -> SentenceTransformerEmbedder:
    """Load the folder ``source``, or else the model of the hub of that name; it will go by ``name``.

    Only a hub name reaches for the network. Raises ``ModelUnavailable``.
    """
    folder = Path(source).expanduser()
    local = folder.is_dir()
    if not local and (source.startswith((".", "/", "~")) or source.count("/") > 1):
        raise ModelUnavailable(f"no embedder folder {source}; set QA_EMBEDDER to a folder or a hub name")
    # These announce themselves on stderr at import and loading.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    try:
        model = SentenceTransformer(str(folder) if local else source, local_files_only=local)
    except Exception as error:  # a damaged model raises whatever its loader stumbles on
        where = "folder" if local else "hub model"
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        remedy = "check the folder" if local else "check the name and the network, or set QA_EMBEDDER to a local folder"
        raise ModelUnavailable(f"cannot load the {where} {source}: {reason}; {remedy}") from error
    if not any(model.prompts.values()) and _E5.search(source.lower()):
        model.prompts = dict(_E5_PROMPTS)
    return SentenceTransformerEmbedder(model, name=name, fingerprint=_fingerprint(model))


def _fingerprint(model: SentenceTransformer) -> str:
    """A digest of all that decides the vectors: weights, modules, length limit, prompts."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr((str(model), model.max_seq_length, sorted(model.prompts.items()))).encode())
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(np.ascontiguousarray(tensor.detach().cpu().float().numpy()).data)
    return digest.hexdigest()
