"""Reading models of a few kilobytes: transformers of random weights, always the same, networks that see one number."""

import string
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import pre_tokenizers
from transformers import (
    BertConfig,
    BertForQuestionAnswering,
    BertTokenizer,
    DebertaV2Tokenizer,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForQuestionAnswering,
    RobertaTokenizer,
    XLMRobertaTokenizer,
)

from qa.alignment import AlignmentScorer
from qa.evidence import SENTENCE_FEATURES
from qa.marking import Mark
from qa.scoring import Scorer
from qa.spans import STRETCH_FEATURES

LETTERS = string.ascii_letters + string.digits + string.punctuation + "éèàç’«»"
LONGEST = 512  # word pieces, as models have it that people use
SHAPE = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}


def wordpiece() -> PreTrainedTokenizerFast:
    """BERT's, without case and accents: "drones", "accord" and "dix" are one piece each, other words one a letter."""
    letters = string.ascii_lowercase + string.digits
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "drones", "accord", "dix", *letters]
    pieces += [*string.punctuation, "’", "«", "»", *(f"##{letter}" for letter in letters)]
    return BertTokenizer(vocab={piece: i for i, piece in enumerate(pieces)}, model_max_length=LONGEST)


def unigram() -> PreTrainedTokenizerFast:
    """XLM-R's, which cuts at spaces first."""
    special = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    vocabulary = [*special, ("▁", -2.0), ("▁dix", -2.0), *((letter, -4.0) for letter in LETTERS), ("<mask>", 0.0)]
    return XLMRobertaTokenizer(vocab=vocabulary, model_max_length=LONGEST)


def spaced() -> PreTrainedTokenizerFast:
    """DeBERTa's, whose pieces hold the space or line break before a word: "▁dix" is one."""
    special = [("[PAD]", 0.0), ("[CLS]", 0.0), ("[SEP]", 0.0), ("[UNK]", 0.0)]
    vocabulary = [*special, ("▁", -2.0), ("▁dix", -2.0), *((letter, -4.0) for letter in LETTERS), ("[MASK]", 0.0)]
    return DebertaV2Tokenizer(vocab=vocabulary, unk_id=3, model_max_length=LONGEST)


def byte_level() -> PreTrainedTokenizerFast:
    """RoBERTa's without merges: a piece a byte, so that "é" is two."""
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *sorted(pre_tokenizers.ByteLevel.alphabet()), "<mask>"]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    return RobertaTokenizer(vocab=vocabulary, merges=[], model_max_length=LONGEST)


class Tiny(NamedTuple):
    """A model with its tokenizer."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerFast

    def save(self, folder: Path) -> Path:
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        return folder


def bert(*, types: int) -> Tiny:
    """A BERT with so many token types."""
    torch.manual_seed(0)
    tokenizer = wordpiece()
    shape = SHAPE | {"type_vocab_size": types, "max_position_embeddings": LONGEST}
    return Tiny(_lively(BertForQuestionAnswering(BertConfig(vocab_size=len(tokenizer), **shape))), tokenizer)


def roberta(tokenizer: PreTrainedTokenizerFast) -> Tiny:
    """A RoBERTa, which has one token type and counts places from the padding's number on; XLM-R is built alike."""
    torch.manual_seed(0)
    shape = SHAPE | {"type_vocab_size": 1, "max_position_embeddings": LONGEST + 2, "pad_token_id": 1}
    return Tiny(_lively(RobertaForQuestionAnswering(RobertaConfig(vocab_size=len(tokenizer), **shape))), tokenizer)


def _lively(model: PreTrainedModel) -> PreTrainedModel:
    """Weights as they are drawn for training give all but equal scores; larger ones tell places apart."""
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(8)
    return model


MODELS: dict[str, Callable[[], Tiny]] = {
    "BERT of two types": lambda: bert(types=2),
    "BERT of marks": lambda: bert(types=len(Mark)),
    "XLM-R": lambda: roberta(unigram()),
    "RoBERTa": lambda: roberta(byte_level()),
}


def seeing(feature: int, count: int) -> Scorer:
    """A network whose score is one of ``count`` features as it is, where that is not negative."""
    column = np.zeros((count, 1), dtype=np.float32)
    column[feature] = 1
    mean, scale = np.zeros(count, dtype=np.float32), np.ones(count, dtype=np.float32)
    return Scorer(mean, scale, column, np.zeros(1, np.float32), np.ones(1, np.float32), np.float32(0))


def alignment(*, sentence: int = 0, stretch: int = 0) -> AlignmentScorer:
    """A scorer of sentences and one of stretches, which see one feature each.

    The first feature of a sentence is the share of the question that it covers, that of a stretch log(1 + its length).
    """
    return AlignmentScorer(seeing(sentence, SENTENCE_FEATURES), seeing(stretch, STRETCH_FEATURES))


def save_alignment(scorer: AlignmentScorer, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{name}.{field.name}": np.asarray(getattr(getattr(scorer, name), field.name))
        for name in ("sentence", "stretch")
        for field in fields(Scorer)
    }
    save_file(arrays, folder / "model.safetensors")
    return folder
