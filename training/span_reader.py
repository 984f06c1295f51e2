"""Trains the reader: where in a passage the answer begins and ends, or that the passage does not answer.

Starts from the tuned embedder; token types become marks (``qa.marking``). Resumes where it was interrupted.

    python -m training.span_reader --data DATA --work WORK --minutes 38      # WORK/tuned → WORK/reader
"""

from __future__ import annotations

import argparse
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForQuestionAnswering, BertModel, BertTokenizer

from qa.assembly import load_chosen_embedder
from qa.lexicon import load_lexicon
from qa.marking import Mark
from qa.retrieval import Retriever
from qa.settings import load_settings
from qa.windows import Window, padded, windows
from training.encoder import DEVICE
from training.learning import Rates, batches_by_length, learn
from training.newsroom import RememberingEmbedder, load_questions, open_newsroom
from training.spans import SpanExample, newsroom_examples, piaf_examples, squad_examples
from training.split import Part

BATCH = 24
PASSES = 3  # over all examples, if the time suffices
RATES = Rates(embeddings=1e-4, body=1.5e-4)
SEED = 20_26

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """A window and the positions of the answer's first and last piece; both 0, the [CLS], for none."""

    window: Window
    start: int
    end: int


def targets(examples: Sequence[SpanExample], tokenizer: BertTokenizer) -> list[Target]:
    found = []
    for window in windows([example.text for example in examples], tokenizer):
        answer = examples[window.text].answer
        inside = [] if answer is None else [
            piece
            for piece, place in zip(window.pieces, window.places, strict=True)
            if place.start < answer.end and answer.start < place.end
        ]  # fmt: skip
        found.append(Target(window, inside[0], inside[-1]) if inside else Target(window, 0, 0))
    return found


def new_reader(folder: Path) -> BertForQuestionAnswering:
    """A reader with the body of the embedder in ``folder``; every mark starts as the embedder's only token type."""
    body = BertModel.from_pretrained(folder, add_pooling_layer=False)
    config = BertConfig.from_pretrained(
        folder, type_vocab_size=len(Mark), hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    torch.manual_seed(SEED)
    reader = BertForQuestionAnswering(config)
    state = body.state_dict()
    name = "embeddings.token_type_embeddings.weight"
    state[name] = state[name][:1].repeat(len(Mark), 1) + 0.01 * torch.randn(len(Mark), state[name].shape[1])
    reader.bert.load_state_dict(state)
    return reader


def loss_of(model: BertForQuestionAnswering, pad: int, batch: Sequence[Target]) -> torch.Tensor:
    """Cross-entropy of the first and the last piece among the passage's pieces and [CLS], scalar."""
    inputs = {name: tensor.to(model.device) for name, tensor in padded([one.window for one in batch], pad).items()}
    output = model(**inputs)
    closed = torch.ones_like(inputs["input_ids"], dtype=torch.bool)
    for row, one in enumerate(batch):
        closed[row, [0, *one.window.pieces]] = False
    starts = torch.tensor([one.start for one in batch], device=model.device)
    ends = torch.tensor([one.end for one in batch], device=model.device)
    return cross_entropy(output.start_logits.masked_fill(closed, -1e4), starts) + cross_entropy(
        output.end_logits.masked_fill(closed, -1e4), ends
    )


def make_examples(data: Path, work: Path) -> list[SpanExample]:
    """All examples; the newsroom's need its index, made in the work folder."""
    settings = load_settings(store=work / "index")
    lexicon = load_lexicon()
    embedder = RememberingEmbedder(load_chosen_embedder(settings), work / "vectors.safetensors")
    store = open_newsroom(settings, embedder)
    questions = [question for question in load_questions() if question.part is Part.TRAIN]
    embedder.embed_questions([question.question for question in questions])  # all at once: several times faster
    embedder.save()
    return [
        *newsroom_examples(questions, store, Retriever(store, embedder, lexicon), lexicon),
        *piaf_examples(data, lexicon),
        *squad_examples(data, lexicon),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public question sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for what is made on the way")
    parser.add_argument("--minutes", type=float, default=38)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    examples = make_examples(arguments.data, arguments.work)
    tokenizer = BertTokenizer.from_pretrained(arguments.work / "tuned")
    data = targets(examples, tokenizer)
    log.info("%d examples, %d answered", len(data), sum(one.start > 0 for one in data))
    lengths, dice = [len(one.window.ids) for one in data], random.Random(SEED)
    order = [batch for _ in range(PASSES) for batch in batches_by_length(lengths, BATCH, dice)]
    batches = [[data[i] for i in batch] for batch in order]
    model = new_reader(arguments.work / "tuned").to(DEVICE)  # type: ignore[arg-type]  # transformers wraps it wrongly
    seconds, state = 60 * arguments.minutes, arguments.work / "span_reader.pt"
    learn(model, batches, partial(loss_of, model, tokenizer.pad_token_id), rates=RATES, seconds=seconds, state=state)
    model.save_pretrained(arguments.work / "reader")
    tokenizer.save_pretrained(arguments.work / "reader")
    state.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
