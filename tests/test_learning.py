"""Watches tiny models learn: the pace, the order of the batches, an interruption, where an answer is."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_readers import bert
from transformers import BertForQuestionAnswering

from qa.marking import Mark
from qa.records import Span
from qa.windows import Text, Window
from training import distil, tune
from training.encoder import Encoder
from training.learning import Rates, batches_by_length, learn, mix, optimiser, set_pace, weights_of
from training.parallel import Pair
from training.publish import publish_reader
from training.questions import Asked
from training.span_reader import DROPOUT, Target, known_reader, loss_of, loss_of_choice, new_reader, targets
from training.spans import SpanExample

RATES = Rates(embeddings=1e-2, body=1e-2)
AN_HOUR = 3600
PASSAGE = "Oslo livre dix drones à Kyiv."
NUMBER = Span(PASSAGE.index("dix"), PASSAGE.index(" à"))


@pytest.fixture
def tuned(tmp_path: Path) -> Path:
    """A folder with a tiny embedder, its weights small enough to learn."""
    tiny = bert(types=2)
    with torch.no_grad():
        for weights in tiny.model.parameters():
            weights.div_(8)
    return tiny.save(tmp_path / "tuned")


def test_the_learning_rate_rises_then_falls_and_ends_low(tuned: Path):
    optimizer = optimiser(new_reader(tuned), Rates(embeddings=2.0, body=1.0))
    paces = []
    for step in range(101):
        set_pace(optimizer, step / 100)
        words, body = (group["lr"] for group in optimizer.param_groups)
        assert words == 2 * body
        paces.append(body)
    assert max(paces) == paces[5] == 1.0
    assert all(before < after for before, after in pairwise(paces[:6]))
    assert all(before >= after for before, after in pairwise(paces[5:]))
    assert (paces[0], paces[-1]) == (0.01, 0.05)


@given(st.lists(st.integers(1, 300), max_size=400), st.integers(1, 9), st.randoms(use_true_random=False))
def test_batches_hold_every_text_once(lengths: list[int], size: int, dice: random.Random):
    batches = list(batches_by_length(lengths, size, dice))
    assert sorted(number for batch in batches for number in batch) == list(range(len(lengths)))
    assert all(len(batch) <= size for batch in batches)


def test_texts_of_a_batch_are_about_equally_long():
    batches = batches_by_length([*range(50), *range(50)], 10, random.Random(0))
    assert {max(number % 50 for number in batch) - min(number % 50 for number in batch) for batch in batches} == {4}


class Lesson(NamedTuple):
    """A new reader, six batches of one question each, and its loss on a batch."""

    model: BertForQuestionAnswering
    batches: list[list[list[Target]]]
    loss_of: Callable[[Sequence[Sequence[Target]]], torch.Tensor]


def lesson(tuned: Path) -> Lesson:
    tokenizer = bert(types=2).tokenizer
    asked = [(f"{number} drones ?", NUMBER) if number % 2 else (f"{number} accord ?", None) for number in range(6)]
    found = targets([SpanExample(Text(question, "", PASSAGE), answer) for question, answer in asked], tokenizer)
    model = new_reader(tuned)
    return Lesson(model, [[one] for one in found], partial(loss_of, model, tokenizer.pad_token_id))


def test_an_interrupted_training_ends_as_one_that_was_not(tuned: Path, tmp_path: Path):
    steady, batches, loss = lesson(tuned)
    learn(steady, batches, loss, rates=RATES, seconds=AN_HOUR, state=tmp_path / "steady.pt")

    state, seen = tmp_path / "state.pt", []
    broken, _, loss = lesson(tuned)

    def until_the_fourth(batch: list[list[Target]]) -> torch.Tensor:
        if batch == batches[3]:
            raise KeyboardInterrupt
        return loss(batch)

    with pytest.raises(KeyboardInterrupt):
        learn(broken, batches, until_the_fourth, rates=RATES, seconds=AN_HOUR, state=state, save_every=0)
    resumed, _, loss = lesson(tuned)

    def noted(batch: list[list[Target]]) -> torch.Tensor:
        seen.append(batch)
        return loss(batch)

    learn(resumed, batches, noted, rates=RATES, seconds=AN_HOUR, state=state)
    assert seen == batches[3:]
    weights = resumed.state_dict()
    assert all(torch.equal(weights[name], there) for name, there in steady.state_dict().items())
    assert [path.name for path in tmp_path.glob("*.pt*")] == ["state.pt"]  # no unfinished file beside it


@pytest.mark.parametrize("other", ["weights", "data", "rates"])
def test_the_state_of_another_training_is_refused_by_its_name(other: str, tuned: Path, tmp_path: Path):
    model, batches, loss = lesson(tuned)
    state = tmp_path / "state.pt"
    learn(model, batches, loss, rates=RATES, seconds=AN_HOUR, state=state, save_every=0)
    trained, (model, _, loss) = model, lesson(tuned)
    if other == "weights":
        model.load_state_dict(trained.state_dict())
    batches = batches[1:] if other == "data" else batches
    rates = Rates(embeddings=1.0, body=1.0) if other == "rates" else RATES
    with pytest.raises(ValueError, match=r"state\.pt was left by another training: .* delete it"):
        learn(model, batches, loss, rates=rates, seconds=AN_HOUR, state=state)


def test_without_time_nothing_is_learnt(tuned: Path, tmp_path: Path):
    model, batches, loss = lesson(tuned)
    learn(model, batches, loss, rates=RATES, seconds=0, state=tmp_path / "state.pt")
    assert all(torch.equal(model.state_dict()[name], there) for name, there in new_reader(tuned).state_dict().items())


def test_every_mark_of_a_new_reader_starts_about_as_the_embedders_only_token_type(tuned: Path):
    marks = new_reader(tuned).get_parameter("bert.embeddings.token_type_embeddings.weight")
    assert len(marks) == len(Mark)
    assert torch.allclose(marks, marks.mean(dim=0), atol=0.1)


def test_the_reader_learns_where_the_answer_is_and_that_there_is_none(tuned: Path, tmp_path: Path):
    model, batches, loss = lesson(tuned)
    model.eval()
    batch = [asked for alone in batches[:2] for asked in alone]
    (none,), (answered,) = batch
    assert (none.start, none.end) == (0, 0)
    places = dict(zip(answered.window.pieces, answered.window.places, strict=True))
    assert (places[answered.start].of(PASSAGE), places[answered.end].of(PASSAGE)) == ("dix", "drones")
    before = loss(batch).item()
    learn(model, [batch] * 80, loss, rates=RATES, seconds=AN_HOUR, state=tmp_path / "state.pt")
    model.eval()
    assert loss(batch).item() < before / 20
    for one in (none, answered):
        open_to_it = [0, *one.window.pieces]
        output = model(torch.tensor([one.window.ids]), token_type_ids=torch.tensor([one.window.types]))
        assert open_to_it[int(output.start_logits[0, open_to_it].argmax())] == one.start
        assert open_to_it[int(output.end_logits[0, open_to_it].argmax())] == one.end


@pytest.mark.parametrize(
    ("right", "expected"),
    [([False, True], math.log(3)), ([True, True], math.log(3 / 2)), ([False, False], math.log(3))],
)
def test_the_loss_of_choice_can_be_worked_out_by_hand(right: list[bool], expected: float):
    # Two windows and "none", all with logit 0: each has a third of the probability.
    window = Target(Window(0, [], [], [], []), 0, 0)
    assert loss_of_choice(torch.zeros(2), torch.tensor(right), [[window] * 2]).item() == pytest.approx(expected)


def test_each_question_chooses_among_its_own_windows():
    window = Target(Window(0, [], [], [], []), 0, 0)
    scores, right = torch.tensor([0.0, 99.0, -99.0]), torch.tensor([True, True, False])
    # The first question's only window is as likely as "none"; the second's choice is certain and right.
    loss = loss_of_choice(scores, right, [[window], [window] * 2])
    assert loss.item() == pytest.approx(math.log(2) / 2)


def tutored(*articles: str) -> list[tune.Lesson]:
    return [tune.Lesson(f"{article} {number}", article, ("?",)) for article in articles for number in range(20)]


def test_a_batch_holds_whole_articles_that_lie_near_one_another():
    news = tutored("oslo", "paris", "bergen", "lyon")
    directions = {"oslo": (1.0, 0.0), "bergen": (0.9, 0.1), "paris": (0.0, 1.0), "lyon": (0.1, 0.9)}
    vectors = torch.tensor([directions[lesson.article_id] for lesson in news])
    batches = tune.topic_batches(news, vectors, random.Random(0))
    assert sorted([sorted({lesson.article_id for lesson in batch}) for batch in batches]) == [
        ["bergen", "oslo"],
        ["lyon", "paris"],
    ]
    assert sorted(lesson.passage for batch in batches for lesson in batch) == sorted(lesson.passage for lesson in news)


def test_an_article_longer_than_a_batch_and_a_passage_of_many_questions_are_divided():
    lesson = tune.Lesson("Oslo", "oslo", tuple("abcdefgh"))
    batches = tune.topic_batches([lesson] * 100, torch.ones(100, 1), random.Random(0))
    assert sorted(len(batch) for batch in batches) == [4, 48, 48]
    drawn = {question for batch in batches for one in batch for question in one.questions}
    assert drawn == set("abcdefgh")
    assert {len(one.questions) for batch in batches for one in batch} == {tune.MOST_QUESTIONS}


def test_a_passage_is_learnt_once_with_all_its_questions():
    asked = [Asked("Combien ?", PASSAGE, "s1"), Asked("How many?", PASSAGE, "s1"), Asked("Qui ?", "Kyiv.", "s1")]
    assert tune.lessons_of(asked) == [
        tune.Lesson(PASSAGE, "s1", ("Combien ?", "How many?")),
        tune.Lesson("Kyiv.", "s1", ("Qui ?",)),
    ]


@pytest.mark.parametrize(
    ("passage", "article_id", "is_rival"),
    [("dix drones à Kyiv", "s5-02", False), (PASSAGE, "s1-02", False), ("dix drones à Kyiv", "s1-02", True)],
)
def test_a_passage_that_says_the_same_is_no_wrong_one(tuned: Path, passage: str, article_id: str, is_rival: bool):
    encoder = Encoder(new_reader(tuned).bert.eval(), bert(types=2).tokenizer)
    right = tune.Lesson(PASSAGE, "s5-01", ("drones ?",))
    loss = tune.loss_of_questions(encoder, [right, tune.Lesson(passage, article_id, ())]).item()
    assert (loss > 0) is is_rival


def test_translated_sentences_are_learnt_as_in_distillation_and_questions_by_their_passages(tuned: Path):
    student, teacher = (Encoder(new_reader(tuned).bert.eval(), bert(types=2).tokenizer) for _ in range(2))
    with torch.no_grad():
        teacher.model.get_input_embeddings().weight.mul_(-2)
    lessons = [tune.Lesson(PASSAGE, "s1", ("dix drones ?",)), tune.Lesson("accord", "s2", ("accord ?",))]
    pairs = [Pair("ten drones", "dix drones", "titles"), Pair("agreement", "accord", "titles")]
    assert tune.loss_of(student, teacher, [*lessons]) == tune.loss_of_questions(student, lessons)
    loss = tune.loss_of(student, teacher, [*pairs])
    assert loss == distil.loss_of(student, teacher, pairs)
    loss.backward()  # type: ignore[no-untyped-call]
    assert all(weights.grad is None for weights in teacher.model.parameters())


def test_a_batch_of_translated_sentences_follows_each_of_questions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    questions = [[tune.Lesson(PASSAGE, f"s{number}", ())] for number in range(5)]
    translated = [[Pair("one", "un", "A")], [Pair("two", "deux", "A")]]
    monkeypatch.setattr(tune, "question_batches", lambda folder, encoder: questions)
    monkeypatch.setattr(distil, "training_batches", lambda folder, seed: translated)
    batches = tune.training_batches(tmp_path, Encoder(new_reader, None))  # type: ignore[arg-type]
    assert batches[::2] == questions
    assert batches[1::2] == [translated[number % 2] for number in range(5)]


def test_a_published_reader_can_be_trained_on(tuned: Path, tmp_path: Path):
    new_reader(tuned).save_pretrained(tmp_path / "trained")
    bert(types=2).tokenizer.save_pretrained(tmp_path / "trained")
    publish_reader(tmp_path / "trained", tmp_path / "published")
    known, trained = known_reader(tmp_path / "published"), new_reader(tuned).state_dict()
    assert {weights.dtype for weights in known.parameters()} == {torch.float32}
    assert all(torch.allclose(weights, trained[name], atol=1e-3) for name, weights in known.state_dict().items())
    assert known.config.hidden_dropout_prob == DROPOUT


@pytest.mark.parametrize(("share", "expected"), [(0.0, 4.0), (0.25, 3.0), (1.0, 0.0)])
def test_weights_are_mixed_with_those_before(tuned: Path, share: float, expected: float):
    model = new_reader(tuned)
    with torch.no_grad():
        for weights in model.parameters():
            weights.fill_(4.0)
    mix(model, {name: torch.zeros_like(weights) for name, weights in weights_of(model).items()}, share)
    assert {weight.item() for weights in model.parameters() for weight in weights.flatten()} == {expected}
