"""Where an answer may begin and end: scores worked out by eye, and those of transformers of a few kilobytes."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_readers import MODELS, Tiny, bert

from qa.errors import ModelUnavailable
from qa.marking import Mark, Marked
from qa.records import Span
from qa.transformer import MOST_ANSWER_PIECES, NO_ANSWER, PieceScores, SpanScorer, load_span_scorer
from qa.windows import MAX_PIECES, MOST_QUESTION_PIECES, Text, padded, windows

QUESTION = "how many drones?"


@pytest.fixture(scope="module")
def scorers() -> dict[str, SpanScorer]:
    return {name: SpanScorer(*make()) for name, make in MODELS.items()}


def words(text: str) -> list[Span]:
    return [Span(*match.span()) for match in re.finditer(r"\S+", text)]


def numbers(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


# "Kyiv veut 10 chars", a piece a word.
BY_EYE = PieceScores(
    (Span(0, 4), Span(5, 9), Span(10, 12), Span(13, 18)), numbers(1, 0, 5, 2), numbers(0, 1, 2, 6), none=3
)


@pytest.mark.parametrize(
    ("span", "best"),
    [
        (Span(0, 18), 5 + 6 - 3),  # "10 chars"
        (Span(0, 12), 5 + 2 - 3),  # "10"
        (Span(0, 9), 1 + 1 - 3),  # "Kyiv veut"
        (Span(0, 8), 1 + 0 - 3),  # "Kyiv": of "veut" a letter is outside
        (Span(1, 9), 0 + 1 - 3),
        (Span(4, 5), NO_ANSWER),  # a space
        (Span(40, 50), NO_ANSWER),
    ],
)
def test_the_best_answer_within_a_stretch_is_the_best_start_with_the_best_end_after_it(span, best):
    assert BY_EYE.best_within(span) == best


def test_an_end_before_its_start_makes_no_answer():
    backwards = PieceScores((Span(0, 1), Span(2, 3)), numbers(0, 5), numbers(9, 0), none=0)
    assert backwards.best_within(Span(0, 3)) == 9


def test_an_answer_has_a_longest_length():
    count = MOST_ANSWER_PIECES + 1
    places = tuple(Span(i, i + 1) for i in range(count))
    starts, ends = np.zeros(count, dtype=np.float32), np.zeros(count, dtype=np.float32)
    starts[0] = ends[-1] = 10
    assert PieceScores(places, starts, ends, 0).best_within(Span(0, count)) == 10
    assert PieceScores(places, starts, np.roll(ends, -1), 0).best_within(Span(0, count)) == 20


def test_a_stretch_is_scored_by_its_first_and_last_piece_if_it_begins_and_ends_with_one():
    stretches = [Span(5, 12), Span(10, 18), Span(13, 18), Span(11, 18), Span(10, 17), Span(4, 9)]
    found = BY_EYE.of_stretches(stretches)
    assert found.tolist() == [0 + 2 - 3, 5 + 6 - 3, 2 + 6 - 3, NO_ANSWER, NO_ANSWER, NO_ANSWER]
    assert found.dtype == np.float32
    assert BY_EYE.of_stretches([]).shape == (0,)


LOGITS = st.integers(-30, 30).map(float)  # added without rounding


@given(st.lists(st.tuples(LOGITS, LOGITS), max_size=60), LOGITS, st.tuples(st.integers(0, 60), st.integers(0, 60)))
def test_no_stretch_scores_more_than_the_best_within_and_one_scores_as_much(logits, none, bounds):
    """Pieces of one letter: a stretch is a pair of offsets."""
    starts, ends = np.array(logits, dtype=np.float32).reshape(-1, 2).T
    scores = PieceScores(tuple(Span(i, i + 1) for i in range(len(logits))), starts, ends, none)
    low, high = min(bounds), min(max(bounds), len(logits))
    inside = [
        Span(i, j) for i in range(low, high) for j in range(i + 1, min(high, i + MOST_ANSWER_PIECES) + 1)
    ]  # fmt: skip
    assert scores.best_within(Span(low, max(bounds))) == max(scores.of_stretches(inside), default=NO_ANSWER)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("title", "passage"), [("", ""), ("Un titre", ""), ("", " \n "), ("", "\u2028")])
def test_an_empty_passage_has_no_pieces_and_no_answer(scorers, name, title, passage):
    (scores,) = scorers[name].score([Text(QUESTION, title, passage)])
    assert scores.places == ()
    assert scores.starts.shape == scores.ends.shape == (0,)
    assert np.isfinite(scores.none)
    assert scores.best_within(Span(0, 99)) == NO_ANSWER


def test_no_texts_have_no_scores(scorers):
    assert scorers["BERT of two types"].score([]) == []


@pytest.mark.parametrize("name", MODELS)
def test_an_empty_question_is_read_all_the_same(scorers, name):
    (scores,) = scorers[name].score([Text("", "", "dix drones")])
    assert np.isfinite(scores.best_within(Span(0, 10)))


@pytest.mark.parametrize("name", MODELS)
def test_the_windows_of_a_long_passage_join_to_one_set_of_scores_with_every_word_once(scorers, name):
    passage = " ".join(["dix drones", "accord dix"][i % 3 == 0] for i in range(250))
    short = Text(QUESTION, "", "dix")
    (scores, other) = scorers[name].score([Text(QUESTION, "Accord", passage), short])
    starts = [place.start for place in scores.places]
    assert starts == sorted(set(starts))
    assert set(starts) >= {one.start for one in words(passage)}
    assert scores.starts.shape == scores.ends.shape == (len(starts),)
    assert scores.best_within(Span(0, len(passage))) > NO_ANSWER
    assert other.places[-1].end == 3, "each text keeps its own windows"


def test_a_word_in_two_windows_has_the_better_of_its_scores_and_no_answer_the_worst():
    tiny = bert(types=2)
    text = Text(QUESTION, "", " ".join(["dix drones"] * 300))
    cut = windows([text], tiny.tokenizer)
    assert len(cut) == 3
    starts: dict[Span, float] = {}
    nones = []
    for window in cut:
        with torch.inference_mode():
            output = tiny.model.eval()(**padded([window], tiny.tokenizer.pad_token_id))
        nones.append(float(output.start_logits[0, 0] + output.end_logits[0, 0]))
        for place, piece in zip(window.places, window.pieces, strict=True):
            starts[place] = max(starts.get(place, -np.inf), float(output.start_logits[0, piece]))
    (joined,) = SpanScorer(*tiny).score([text])
    assert joined.places == tuple(starts)
    assert joined.starts == pytest.approx(list(starts.values()), abs=1e-3)
    assert joined.none == pytest.approx(min(nones), abs=1e-3)


@pytest.mark.parametrize("name", MODELS)
def test_a_text_scores_the_same_alone_and_in_company_of_longer_ones(scorers, name):
    texts = [Text(QUESTION, "", "dix drones à Kyiv " * (1 + i * 7 % 11)) for i in range(11)]
    together = scorers[name].score(texts)
    for text, scores in zip(texts, together, strict=True):
        (alone,) = scorers[name].score([text])
        assert scores.places == alone.places
        assert scores.starts == pytest.approx(alone.starts, abs=1e-3)
        assert scores.ends == pytest.approx(alone.ends, abs=1e-3)
        assert scores.none == pytest.approx(alone.none, abs=1e-3)


@pytest.mark.parametrize("name", MODELS)
def test_a_question_longer_than_the_limit_leaves_room_for_the_passage_and_no_warning_is_given(name, caplog):
    text = Text("combien de drones " * 300, "", " ".join(["dix drones"] * 40))
    model, tokenizer = MODELS[name]()  # a new tokenizer: it warns but once
    (scores,) = SpanScorer(model, tokenizer).score([text])
    assert {place.start for place in scores.places} >= {one.start for one in words(text.passage)}
    for window in windows([text], tokenizer):
        assert len(window.ids) <= MAX_PIECES
        assert MOST_QUESTION_PIECES / 2 < window.ids.index(tokenizer.sep_token_id) <= MOST_QUESTION_PIECES + 1
    assert caplog.messages == []


@pytest.mark.parametrize(("types", "wanted"), [(1, False), (2, False), (len(Mark), True)])
def test_only_a_model_with_as_many_token_types_as_there_are_marks_is_given_marks(types, wanted):
    assert SpanScorer(*bert(types=types)).wants_marks is wanted


@pytest.mark.parametrize("name", ["XLM-R", "RoBERTa"])
def test_a_model_without_token_types_is_given_no_marks(scorers, name):
    assert not scorers[name].wants_marks


def test_marks_change_the_scores(scorers):
    marks = [Marked((), ()), Marked(((Span(9, 15), Mark.FOUND),), ((Span(4, 10), Mark.STRONG),))]
    plain, marked = scorers["BERT of marks"].score([Text(QUESTION, "", "dix drones", one) for one in marks])
    assert np.abs(plain.starts - marked.starts).max() > 0.1


def test_several_threads_read_at_once_and_each_gets_what_it_would_get_alone(scorers):
    scorer = scorers["BERT of two types"]
    texts = [Text(QUESTION, "", "dix drones " * count) for count in (1, 400, 30, 2)]
    alone = [scorer.score([text])[0] for text in texts]
    with ThreadPoolExecutor(4) as pool:
        for number, scores in enumerate(pool.map(lambda i: scorer.score([texts[i % 4]])[0], range(120))):
            assert scores.places == alone[number % 4].places
            assert scores.starts == pytest.approx(alone[number % 4].starts, abs=1e-3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return bert(types=2).save(tmp_path / "reader")


@pytest.mark.parametrize("name", MODELS)
def test_a_saved_model_is_loaded_again_and_scores_as_before(scorers, name, tmp_path):
    loaded = load_span_scorer(str(MODELS[name]().save(tmp_path / "saved")))
    assert loaded.wants_marks == scorers[name].wants_marks
    text = Text(QUESTION, "Un accord", "dix drones à Kyiv")
    (before,), (after,) = scorers[name].score([text]), loaded.score([text])
    assert after.places == before.places
    assert after.starts == pytest.approx(before.starts, abs=1e-4)


def test_weights_of_16_bits_are_computed_with_32(scorers, folder):
    tiny = bert(types=2)
    tiny.model.half().save_pretrained(folder)
    text = Text(QUESTION, "", "dix drones")
    (scores,), (exact,) = load_span_scorer(str(folder)).score([text]), scorers["BERT of two types"].score([text])
    assert scores.starts.dtype == np.float32
    assert scores.starts == pytest.approx(exact.starts, abs=0.1)


def damaged(folder: Path, how: str) -> None:
    weights = folder / "model.safetensors"
    if how == "no configuration":
        (folder / "config.json").unlink()
    elif how == "half the weights":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif how == "no weights":
        weights.unlink()
    elif how == "no tokenizer":
        for path in folder.glob("*token*"):
            path.unlink()
    else:
        shutil.rmtree(folder)
        folder.mkdir()


@pytest.mark.parametrize(
    "how", ["no configuration", "half the weights", "no weights", "no tokenizer", "an empty folder"]
)
def test_a_broken_folder_is_told_in_one_line(folder, how):
    damaged(folder, how)
    with pytest.raises(ModelUnavailable) as refused:
        load_span_scorer(str(folder))
    message = str(refused.value)
    assert message.startswith(f"cannot load the folder {folder}: ")
    assert message.endswith("; check the folder")
    assert "\n" not in message


def test_a_model_that_was_never_taught_to_answer_is_refused(tmp_path):
    """Its answers would be drawn by lot: transformers fills missing weights with random ones."""
    tiny = bert(types=2)
    Tiny(tiny.model.bert, tiny.tokenizer).save(tmp_path / "embedder")
    with pytest.raises(ModelUnavailable, match=r"qa_outputs.*; check the folder$"):
        load_span_scorer(str(tmp_path / "embedder"))


def test_a_folder_that_is_not_there_is_told_with_the_setting():
    with pytest.raises(ModelUnavailable, match=r"^no model folder \./nowhere; set QA_READER to a folder"):
        load_span_scorer("./nowhere")
