"""The embedder while it learns: a transformer whose mean over word pieces is a text's vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn.functional import normalize
from transformers import AutoModel, BertTokenizer, PreTrainedModel

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@dataclass(frozen=True)
class Encoder:
    """A model with its tokenizer; ``embed`` keeps gradients unless switched off outside."""

    model: PreTrainedModel
    tokenizer: BertTokenizer

    @classmethod
    def load(cls, folder: Path) -> Encoder:
        # No dropout: it has few passes over the data and would only blur the target.
        model = AutoModel.from_pretrained(
            folder, dtype=torch.float32, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        return cls(model.to(DEVICE), BertTokenizer.from_pretrained(folder))

    def save(self, folder: Path) -> None:
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def embed(self, texts: Sequence[str], *, max_pieces: int) -> torch.Tensor:
        """Unit rows: shape (len(texts), dimension), float32."""
        batch = self.tokenizer(list(texts), padding=True, truncation=True, max_length=max_pieces, return_tensors="pt")
        batch = batch.to(DEVICE)
        states = self.model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1).to(states.dtype)
        return normalize((states * mask).sum(dim=1) / mask.sum(dim=1), dim=-1)
