"""What the reader proposes: likely sentences with the words in them that answer; which witness is heard how much."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_readers import MODELS, alignment

from qa.assembly import load_chosen_reader
from qa.assistant import Assistant
from qa.errors import ModelUnavailable
from qa.lexicon import load_lexicon
from qa.marking import Marked, mark
from qa.matching import question_words
from qa.protocols import Reader
from qa.reading import Combination, CombinedReader, load_combination, save_combination
from qa.records import Candidate, Chunk, Hit
from qa.settings import Settings
from qa.spans import cut, propose, words_of
from qa.transformer import SpanScorer
from qa.windows import Text

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
ALIGNMENT_ALONE = Combination(alignment=1, transformer=0, stretch_alignment=1, stretch_transformer=0)
BOTH = Combination(alignment=2, transformer=0.5, bias=-1, stretch_alignment=1, stretch_transformer=0.5, threshold=0.3)
COVERED, LENGTH = 0, 46  # features of a sentence
TEXT = "Kyiv a reçu dix avions. Oslo en promet six. Rome hésite encore beaucoup."


def hit(text: str = TEXT, *, article_id: str = "a.txt", start: int = 0, language: str = "fr", title: str = "") -> Hit:
    return Hit(Chunk(article_id, start, start + len(text), text, language, title), score=0.5)


@pytest.fixture(scope="module")
def scorers() -> dict[str, SpanScorer]:
    return {name: SpanScorer(*make()) for name, make in MODELS.items()}


@pytest.fixture(scope="module")
def tiny(scorers) -> Callable[..., CombinedReader]:
    """Makes readers of a few kilobytes, whose questions are all English."""

    def make(
        combination: Combination = BOTH, *, model: str = "BERT of marks", sentence: int = COVERED
    ) -> CombinedReader:
        seeing = alignment(sentence=sentence)
        return CombinedReader(scorers[model], seeing, load_lexicon(), combination, language_of=lambda _: "en")

    return make


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


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=25, deadline=None)  # the first example loads the lexicon
@given(
    question=st.sampled_from(QUESTIONS) | st.text(max_size=200),
    texts=st.lists(
        st.text(max_size=80) | st.sampled_from([TEXT, "10\u202f000 soldats, «\u00a0dix\u00a0»"]), max_size=4
    ),
    title=st.sampled_from(["", "Les avions"]) | st.text(max_size=20),
    language=st.sampled_from(["fr", "en", "uk"]),
    start=st.integers(0, 1_000),
)
def test_any_model_proposes_words_in_sentences_in_passages_with_probabilities_that_sum_to_at_most_1(
    tiny, model, question, texts, title, language, start
):
    hits = [hit(text, article_id=str(i), start=start, language=language, title=title) for i, text in enumerate(texts)]
    candidates = tiny(model=model).read(question, hits)
    assert bool(candidates) == any(text.strip() for text in texts)
    check(candidates, hits)


def test_a_sentence_that_two_passages_share_is_proposed_once(tiny):
    middle = TEXT.index("Oslo")
    hits = [hit(), hit(TEXT[middle:], start=middle)]
    candidates = tiny().read("How many planes did Kyiv get?", hits)
    check(candidates, hits)
    assert len(candidates) == 3


@pytest.mark.parametrize("text", ["", " \n ", "\u2028"])
def test_where_there_is_nothing_to_read_nothing_is_proposed(tiny, text):
    assert tiny().read("Who?", []) == []
    assert tiny().hear("Who?", []) is None
    assert tiny().read("Who?", [hit(text)]) == []


def test_at_most_ten_sentences_are_proposed(tiny):
    assert len(tiny().read("Who?", [hit("Kyiv attend. " * 30)])) == 10


def test_the_same_question_is_read_the_same_way_twice(tiny):
    assert tiny().read(QUESTIONS[0], [hit()]) == tiny().read(QUESTIONS[0], [hit()])


def test_both_witnesses_are_heard_on_every_sentence_in_its_own_passage(tiny, scorers):
    hits = [hit(), hit("Oslo hésite. Kyiv attend.", article_id="b.txt")]
    heard = tiny(model="BERT of two types").hear("Will Kyiv wait?", hits)
    assert [sentence.text for sentence in heard.sentences] == [
        "Kyiv a reçu dix avions.", "Oslo en promet six.", "Rome hésite encore beaucoup.", "Oslo hésite.", "Kyiv attend."
    ]  # fmt: skip
    scores = scorers["BERT of two types"].score([Text("Will Kyiv wait?", "", one.chunk.text) for one in hits])
    read = [scores[sentence.rank].best_within(sentence.span) for sentence in heard.sentences]
    assert heard.read == pytest.approx(read, abs=1e-3)
    assert heard.aligned.shape == (5,)
    assert heard.aligned.argmax() == 4, "the network sees the share of the question that a sentence covers"


@pytest.mark.parametrize("model", MODELS)
def test_only_a_model_of_marks_is_told_which_words_match(tiny, scorers, model):
    one = hit(title="Les avions de Kyiv")
    question = "How many planes did Kyiv get?"
    words = question_words(question, "en", load_lexicon(), passages_in={"fr"})
    marks = mark(words, f"{one.chunk.title}\n{TEXT}", "fr")
    assert marks != Marked((), ())
    told = marks if model == "BERT of marks" else None
    (expected,) = scorers[model].score([Text(question, one.chunk.title, TEXT, told)])
    (scores,) = tiny(model=model).hear(question, [one]).scores
    assert scores.starts == pytest.approx(expected.starts, abs=1e-3)


def test_a_sentence_s_probability_comes_from_the_weighted_sum_of_all_witnesses(tiny):
    reader = tiny(replace(BOTH, retrieval=3))
    heard = reader.hear("Will Kyiv wait?", [hit()])
    odds = np.exp(2 * heard.aligned + 0.5 * heard.read + 3 * 0.5 - 1)  # against "none answers"
    expected = sorted(odds / (odds.sum() + 1), reverse=True)
    assert [one.probability for one in reader.read("Will Kyiv wait?", [hit()])] == pytest.approx(expected, rel=1e-3)


def test_alone_the_alignment_prefers_the_covering_sentence_and_the_network_s_stretch(tiny):
    """One network sees the share of the question covered, the other the length of a stretch: the longest is best."""
    text = "Oslo hésite. Kyiv attend des avions. Rome promet tout."
    best = tiny(ALIGNMENT_ALONE).read("Will Kyiv wait?", [hit(text)])[0]
    assert best.sentence.of(text) == "Kyiv attend des avions."
    assert best.span.of(text) == "Kyiv attend des avions"


def test_by_default_the_transformer_is_heard_alone(tiny):
    covering, long = (tiny(Combination(), sentence=feature) for feature in (COVERED, LENGTH))
    for question in QUESTIONS:
        assert covering.read(question, [hit()]) == long.read(question, [hit()])


@pytest.mark.parametrize("model", MODELS)
def test_alone_the_transformer_chooses_the_stretch_with_the_best_start_and_end(tiny, model):
    reader = tiny(Combination(), model=model)
    best = reader.read("Who waits?", [hit()])[0]
    (scores,) = reader.hear("Who waits?", [hit()]).scores
    pieces = cut(TEXT, best.sentence, "fr")
    weighed = scores.of_stretches([words_of(pieces, stretch) for stretch in propose(pieces)])
    assert scores.of_stretches([best.span]) == pytest.approx(weighed.max(), abs=1e-3)


def test_of_two_passages_that_say_the_same_the_one_that_retrieval_prefers_is_the_likelier(tiny):
    hits = [replace(hit(article_id=name), score=score) for name, score in (("a.txt", 0.4), ("b.txt", 0.9))]
    deaf, hearing = tiny(BOTH), tiny(replace(BOTH, retrieval=1))
    first, second = deaf.read("Who waits?", hits)[:2]
    assert first.probability == pytest.approx(second.probability, rel=1e-3)
    assert hearing.read("Who waits?", hits)[0].hit == hits[1]


def test_a_lower_bias_makes_every_sentence_less_likely(tiny):
    readers = [tiny(replace(BOTH, bias=bias)) for bias in (-99, -9, 0, 99)]
    sums = [sum(candidate.probability for candidate in reader.read("Who?", [hit()])) for reader in readers]
    assert sums == sorted(sums)
    assert (sums[0], sums[-1]) == (pytest.approx(0), pytest.approx(1))


def test_the_threshold_is_the_combination_s(tiny):
    assert tiny(BOTH).threshold == 0.3
    assert tiny(Combination()).threshold == 0.5


def test_a_sentence_without_a_word_is_proposed_whole(tiny):
    (candidate,) = tiny().read("Who?", [hit("?!")])
    assert candidate.span == candidate.sentence
    assert candidate.span.of("?!") == "?!"


@pytest.mark.parametrize("model", MODELS)
def test_any_folder_can_be_chosen_by_the_settings_and_is_heard_alone(model, tmp_path):
    folder = MODELS[model]().save(tmp_path / "reader")
    chosen = load_chosen_reader(Settings(_env_file=None, reader=str(folder)), load_lexicon())
    candidates = chosen.read("Combien d’avions Kyiv a-t-il reçus ?", [hit()])
    check(candidates, [hit()])
    assert len(candidates) == 3
    assert chosen.threshold == Combination().threshold


def test_a_chosen_reader_that_is_not_there_is_told_with_the_setting(tmp_path):
    missing = tmp_path / "none"
    with pytest.raises(ModelUnavailable, match=r"^no model folder .*none; set QA_READER to a folder or a hub name$"):
        load_chosen_reader(Settings(_env_file=None, reader=str(missing)), load_lexicon())


def test_a_combination_is_read_as_it_was_saved(tmp_path):
    save_combination(BOTH, tmp_path)
    assert load_combination(tmp_path) == BOTH
    save_combination(replace(BOTH, bias=1 / 3), tmp_path)
    assert load_combination(tmp_path).bias == 0.3333


NAMES = asdict(BOTH)
DAMAGES: dict[str, bytes] = {
    "empty": b"",
    "cut short": json.dumps(NAMES).encode()[:40],
    "no object": b"[]",
    "a number": b"3",
    "nothing": b"null",
    "another encoding": b"\xff\xfe",
    "an unknown weight": json.dumps(NAMES | {"temperature": 1.0}).encode(),
    "a weight in words": json.dumps(NAMES | {"bias": "high"}).encode(),
    "a weight that is a list": json.dumps(NAMES | {"bias": [1.0]}).encode(),
    "no threshold": json.dumps({name: value for name, value in NAMES.items() if name != "threshold"}).encode(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_combination_is_refused_with_its_place_and_the_remedy(tmp_path, damage):
    save_combination(BOTH, tmp_path)
    (tmp_path / "combination.json").write_bytes(DAMAGES[damage])
    with pytest.raises(ModelUnavailable, match=r"^cannot read the reader in .*: .*; reinstall qa$") as refused:
        load_combination(tmp_path)
    assert str(tmp_path) in str(refused.value)


def test_a_missing_combination_is_refused_with_its_place_and_the_remedy(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"^cannot read the reader in .*: .*; reinstall qa$"):
        load_combination(tmp_path)


@pytest.fixture(scope="module")
def reader(seeds_assistant: Assistant) -> Reader:
    return seeds_assistant.parts.reader


@pytest.fixture(scope="module")
def hits(seeds_assistant: Assistant) -> list[Hit]:
    """The passages found for all the questions, each once."""
    found = [hit for question in QUESTIONS for hit in seeds_assistant.search(question, k=8)]
    return list({hit.chunk: hit for hit in found}.values())


@settings(max_examples=10, deadline=None)  # each example runs the models
@given(question=st.sampled_from(QUESTIONS) | st.text(max_size=200), chosen=st.lists(st.integers(0, 99), max_size=4))
def test_candidates_are_words_in_sentences_in_passages_with_probabilities_that_sum_to_at_most_1(
    reader, hits, question, chosen
):
    picked = list({hits[i % len(hits)].chunk: hits[i % len(hits)] for i in chosen}.values())
    candidates = reader.read(question, picked)
    assert bool(candidates) == bool(picked)
    check(candidates, picked)


def test_the_sentence_that_answers_comes_first_with_the_number_asked_for(seeds_assistant, reader):
    question = QUESTIONS[0]
    best = reader.read(question, seeds_assistant.search(question, k=8))[0]
    article = seeds_assistant.article(best.hit.chunk.article_id)
    assert "10" in best.span.of(article.text)
    assert "au moins 10 systèmes Patriot" in best.sentence.of(article.text)


def test_the_passages_of_a_question_without_an_answer_weigh_less_than_the_threshold(seeds_assistant, reader):
    assert 0 < reader.threshold < 1
    question = "How tall is the Eiffel Tower?"
    unsure = reader.read(question, seeds_assistant.search(question, k=8))
    assert sum(candidate.probability for candidate in unsure) < reader.threshold
