"""Puts the trained models where the package ships them, their weights halved to 16 bits.

python -m training.publish --work WORK      # WORK/tuned, WORK/reader → qa/models
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from transformers import BertForQuestionAnswering, BertTokenizer, PreTrainedTokenizerFast

from qa.assembly import EMBEDDER
from qa.reading import READER

MAX_PIECES = 256  # of a text that is embedded, as all-MiniLM-L6-v2 has it
LEFT_BY_TRAINING = (
    "is_local",
    "local_files_only",
    "max_length",
    "pad_to_multiple_of",
    "pad_token_type_id",
    "padding_side",
    "stride",
    "truncation_side",
    "truncation_strategy",
)


def publish_embedder(trained: Path, out: Path) -> None:
    """Write a sentence-transformers folder: the encoder, the mean over its pieces, unit length."""
    encoder = Transformer(str(trained), max_seq_length=MAX_PIECES)
    clear(encoder.tokenizer)
    pooling = Pooling(encoder.get_embedding_dimension(), pooling_mode="mean")
    model = SentenceTransformer(modules=[encoder, pooling, Normalize()], device="cpu")
    model.half().save_pretrained(str(out), create_model_card=False)
    open_to_all(out)


def publish_reader(trained: Path, out: Path) -> None:
    """Write a transformers folder: the question-answering model and its tokenizer."""
    model = BertForQuestionAnswering.from_pretrained(trained, dtype=torch.float16)
    tokenizer = BertTokenizer.from_pretrained(trained)
    clear(tokenizer)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    open_to_all(out)


def clear(tokenizer: PreTrainedTokenizerFast) -> None:
    """Take off a tokenizer how training last cut and padded, and from where it was loaded."""
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    for key in LEFT_BY_TRAINING:
        tokenizer.init_kwargs.pop(key, None)


def open_to_all(folder: Path) -> None:
    """Let every user read the weights, which are written for their writer alone."""
    for weights in folder.glob("*.safetensors"):
        weights.chmod(0o644)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder of the trained models")
    work: Path = parser.parse_args().work
    publish_embedder(work / "tuned", EMBEDDER)
    if (work / "reader").is_dir():
        publish_reader(work / "reader", READER)


if __name__ == "__main__":
    main()
