"""What the reader proposes: likely sentences with the words in them that answer; and which models it refuses."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.assistant import Assistant
from qa.errors import ModelUnavailable
from qa.protocols import Reader
from qa.reading import READER, load_reader_model
from qa.records import Candidate, Chunk, Hit

QUESTIONS = [
    "how many Patriot systems were requested?",
    "Qui est le ministre ukrainien de la Défense ?",
    "Quand le statut a-t-il été annoncé ?",
    "Why is the sky over Ukraine to be secured?",
    "Où l’accord a-t-il été signé ?",
    "How much money could PURL raise by the end of 2025?",
    "How tall is the Eiffel Tower?",
    "Patriot",
]


@pytest.fixture(scope="module")
def reader(seeds_assistant: Assistant) -> Reader:
    return seeds_assistant.parts.reader


@pytest.fixture(scope="module")
def hits(seeds_assistant: Assistant) -> list[Hit]:
    """The passages found for all the questions, each once."""
    found = [hit for question in QUESTIONS for hit in seeds_assistant.search(question, k=8)]
    return list({hit.chunk: hit for hit in found}.values())


def check(candidates: Sequence[Candidate], hits: Sequence[Hit]) -> None:
    """All that must hold of what a reader proposes."""
    probabilities = [candidate.probability for candidate in candidates]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 <= probability <= 1 for probability in probabilities)
    assert sum(probabilities) <= 1 + 1e-6
    places = [(candidate.hit.chunk.article_id, candidate.sentence) for candidate in candidates]
    assert len(set(places)) == len(places)
    for candidate in candidates:
        chunk, sentence, span = candidate.hit.chunk, candidate.sentence, candidate.span
        assert candidate.hit in hits
        assert chunk.start <= sentence.start <= span.start < span.end <= sentence.end <= chunk.end
        words = chunk.text[span.start - chunk.start : span.end - chunk.start]
        assert words == words.strip()


@settings(max_examples=30, deadline=None)  # each example runs the models
@given(question=st.sampled_from(QUESTIONS) | st.text(max_size=200), chosen=st.lists(st.integers(0, 99), max_size=4))
def test_candidates_are_words_in_sentences_in_passages_with_probabilities_that_sum_to_at_most_1(
    reader, hits, question, chosen
):
    picked = list({hits[i % len(hits)].chunk: hits[i % len(hits)] for i in chosen}.values())
    candidates = reader.read(question, picked)
    assert bool(candidates) == bool(picked)
    check(candidates, picked)


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.text(max_size=80), max_size=4), start=st.integers(0, 1_000))
def test_any_passage_can_be_read(reader, texts, start):
    hits = [Hit(Chunk(f"{i}.txt", start, start + len(text), text, "fr", ""), score=0.5) for i, text in enumerate(texts)]
    check(reader.read("Combien de systèmes ?", hits), hits)


def test_the_sentence_that_answers_comes_first_with_the_number_asked_for(seeds_assistant, reader):
    question = QUESTIONS[0]
    best = reader.read(question, seeds_assistant.search(question, k=8))[0]
    article = seeds_assistant.article(best.hit.chunk.article_id)
    assert "10" in best.span.of(article.text)
    assert "au moins 10 systèmes Patriot" in best.sentence.of(article.text)


def test_a_sentence_that_two_passages_share_is_proposed_once(reader):
    text = "Kyiv a reçu dix avions. Oslo en promet six. Rome hésite."
    whole = Chunk("a.txt", 0, len(text), text, "fr", "Les avions")
    middle = text.index("Oslo")
    tail = replace(whole, start=middle, text=text[middle:])
    hits = [Hit(whole, 0.9), Hit(tail, 0.8)]
    candidates = reader.read("Combien d’avions Kyiv a-t-il reçus ?", hits)
    check(candidates, hits)
    assert len(candidates) == 3


def test_the_same_question_is_read_the_same_way_twice(reader, hits):
    assert reader.read(QUESTIONS[1], hits[:8]) == reader.read(QUESTIONS[1], hits[:8])


@pytest.mark.parametrize("text", ["", " \n ", "\u2028"])
def test_where_there_is_nothing_to_read_nothing_is_proposed(reader, text):
    assert reader.read("Qui ?", []) == []
    assert reader.read("Qui ?", [Hit(Chunk("a.txt", 0, len(text), text, "fr", ""), 1.0)]) == []


def test_the_passages_of_a_question_without_an_answer_weigh_less_than_the_threshold(seeds_assistant, reader):
    assert 0 < reader.threshold < 1
    question = "How tall is the Eiffel Tower?"
    unsure = reader.read(question, seeds_assistant.search(question, k=8))
    assert sum(candidate.probability for candidate in unsure) < reader.threshold


Damage = Callable[[Path], object]


def truncate(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def narrow(folder: Path) -> None:
    """As a reader looks that was trained for one feature less."""
    from safetensors.numpy import load_file, save_file

    arrays = load_file(folder / "model.safetensors")
    for name in ("mean", "scale", "w1"):
        arrays[f"sentence.{name}"] = np.ascontiguousarray(arrays[f"sentence.{name}"][:-1])
    save_file(arrays, folder / "model.safetensors")


def forget(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"temperature": 1.0}))


DAMAGES: dict[str, Damage] = {
    "no folder": shutil.rmtree,
    "no weights": lambda folder: (folder / "model.safetensors").unlink(),
    "no calibration": lambda folder: (folder / "config.json").unlink(),
    "half the weights": truncate,
    "no weights at all": lambda folder: (folder / "model.safetensors").write_bytes(b""),
    "a calibration cut short": lambda folder: (folder / "config.json").write_text('{"temperature": 1'),
    "a calibration that is no object": lambda folder: (folder / "config.json").write_text("[]"),
    "a calibration in another encoding": lambda folder: (folder / "config.json").write_bytes(b"\xff\xfe"),
    "no threshold": forget,
}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(READER, tmp_path / "reader"))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_missing_or_damaged_reader_is_refused_with_its_place_and_the_remedy(copied, damage):
    load_reader_model(copied)
    DAMAGES[damage](copied)
    with pytest.raises(ModelUnavailable, match=r"^cannot read the reader in .*reader: .*; reinstall") as refused:
        load_reader_model(copied)
    assert str(copied) in str(refused.value)


def test_a_reader_made_for_another_description_of_sentences_is_refused_when_it_is_loaded(copied):
    narrow(copied)
    with pytest.raises(ModelUnavailable, match="reinstall"):
        load_reader_model(copied)
