"""How sentences and stretches are weighed, by networks that see one number; and which networks are refused."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_readers
from safetensors.numpy import load_file, save_file

from qa.alignment import AlignmentScorer, load_alignment
from qa.errors import ModelUnavailable
from qa.evidence import SENTENCE_FEATURES, describe_sentences, sentences_of
from qa.lexicon import load_lexicon
from qa.matching import Word, question_words
from qa.questions import QuestionReading, read_question
from qa.records import Chunk, Hit
from qa.scoring import Scorer
from qa.spans import STRETCH_FEATURES, cut, describe_stretches, propose

TEXT = "Kyiv attend. Le ministre demande au moins 10 systèmes Patriot. Oslo a promis deux drones."
HIT = Hit(Chunk("a", 0, len(TEXT), TEXT, "fr", "Défense"), 1.0)
QUESTION = "how many Patriot systems were requested?"


@pytest.fixture(scope="module")
def words() -> list[Word]:
    return question_words(QUESTION, "en", load_lexicon(), passages_in=["fr"])


@pytest.fixture(scope="module")
def reading() -> QuestionReading:
    return read_question(QUESTION, "en")


def test_a_sentence_is_scored_by_what_the_network_sees_of_it(words, reading):
    """This one sees the share of the question that the sentence covers."""
    sentences = sentences_of([HIT])
    scores = tiny_readers.alignment(sentence=0).score_sentences(sentences, words, reading, "en")
    assert scores.shape == (3,)
    assert scores.argmax() == 1
    assert scores[1] > 0.9
    assert scores == pytest.approx(describe_sentences(sentences, words, reading, "en")[:, 0])


def test_a_stretch_is_scored_by_what_the_network_sees_of_it(words, reading):
    """This one sees log(1 + its length in words and marks)."""
    pieces = cut(TEXT, sentences_of([HIT])[0].span, "fr")
    stretches = propose(pieces)
    scores = tiny_readers.alignment(stretch=0).score_stretches(pieces, stretches, words, reading, "fr")
    assert stretches.tolist() == [[0, 0], [0, 1], [1, 1]]
    assert scores == pytest.approx(np.log([2, 3, 2]))


def test_a_scorer_sees_all_the_numbers_that_describe_sentences_and_stretches(words, reading):
    sentences = sentences_of([HIT])
    pieces = cut(TEXT, sentences[1].span, "fr")
    for feature in range(SENTENCE_FEATURES):
        seen = tiny_readers.alignment(sentence=feature).score_sentences(sentences, words, reading, "en")
        described = describe_sentences(sentences, words, reading, "en")[:, feature]
        assert seen == pytest.approx(np.maximum(described, 0))
    described = describe_stretches(pieces, propose(pieces), words, reading, "fr")
    for feature in range(STRETCH_FEATURES):
        scorer = tiny_readers.alignment(stretch=feature)
        seen = scorer.score_stretches(pieces, propose(pieces), words, reading, "fr")
        assert seen == pytest.approx(np.maximum(described[:, feature], 0))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_readers.save_alignment(tiny_readers.alignment(sentence=1, stretch=2), tmp_path / "alignment-reader")


def test_networks_are_read_as_they_were_saved(folder):
    loaded, saved = load_alignment(folder), tiny_readers.alignment(sentence=1, stretch=2)
    for name in ("sentence", "stretch"):
        for one, other in zip(vars(getattr(loaded, name)).values(), vars(getattr(saved, name)).values(), strict=True):
            assert np.array_equal(one, other)


def test_the_shipped_networks_put_the_sentence_that_answers_first(words, reading):
    scores = load_alignment().score_sentences(sentences_of([HIT]), words, reading, "en")
    assert scores.argmax() == 1


def truncate(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def forget(folder: Path) -> None:
    arrays = load_file(folder / "model.safetensors")
    del arrays["stretch.w2"]
    save_file(arrays, folder / "model.safetensors")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no folder": shutil.rmtree,
    "no weights": lambda folder: (folder / "model.safetensors").unlink(),
    "half the weights": truncate,
    "an empty file": lambda folder: (folder / "model.safetensors").write_bytes(b""),
    "one array less": forget,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_missing_or_damaged_networks_are_refused_with_their_place_and_the_remedy(folder, damage):
    load_alignment(folder)
    DAMAGES[damage](folder)
    with pytest.raises(ModelUnavailable, match=r"^cannot read the alignment reader in .*: .*; reinstall") as refused:
        load_alignment(folder)
    assert str(folder) in str(refused.value)


def narrow(scorer: Scorer) -> Scorer:
    """As a network looks that was trained for one feature less."""
    return replace(scorer, mean=scorer.mean[:-1].copy(), scale=scorer.scale[:-1].copy(), w1=scorer.w1[:-1].copy())


@pytest.mark.parametrize(("which", "count"), [("sentence", SENTENCE_FEATURES), ("stretch", STRETCH_FEATURES)])
def test_networks_made_for_another_description_are_refused_with_both_numbers(tmp_path, which, count):
    whole: AlignmentScorer = tiny_readers.alignment()
    folder = tiny_readers.save_alignment(replace(whole, **{which: narrow(getattr(whole, which))}), tmp_path)
    with pytest.raises(ModelUnavailable, match=f"a scorer of {count - 1} features, not {count}; reinstall qa$"):
        load_alignment(folder)
