"""How an English embedder reads French: word by word, in English; with a lexicon of a few lines and the shipped one."""

import numpy as np
import pytest
from conftest import WordEmbedder

from qa.analysis import stem
from qa.glossing import GlossingEmbedder, gloss
from qa.lexicon import Lexicon, load_lexicon

FRENCH = "Le ministre de la Défense a demandé de nouvelles armes pour son pays."
ENGLISH = "The minister of defence asked for new weapons for his country."


def small(fingerprint: str = "small") -> Lexicon:
    """It knows "arme" (mostly weapon, sometimes arm) and "demander" (ask)."""
    french = {"arme": {"weapon": 0.6, "arm": 0.3}, stem("demander", "fr"): {"ask": 0.9}}
    english = {"weapon": "weapons", "arm": "arm", "ask": "asked"}
    forward = {("fr", word): translations for word, translations in french.items()}
    return Lexicon(forward, {}, 10, english, fingerprint)


@pytest.fixture
def glossing(word_embedder: WordEmbedder) -> GlossingEmbedder:
    return GlossingEmbedder(word_embedder, small())


def test_each_french_word_becomes_its_likeliest_english_one_in_its_commonest_form():
    assert gloss("Les armes demandées", small()) == "weapons asked"


def test_words_without_a_translation_stay_and_stop_words_go():
    assert gloss("Zelensky a demandé 10 armes à la Norvège.", small()) == "Zelensky asked 10 weapons Norvège"


@pytest.mark.parametrize("text", ["", " ", "?!", "le la les"])
def test_a_text_without_a_meaningful_word_stays_as_it_is(text):
    assert gloss(text, small()) == text


def test_the_shipped_lexicon_tells_what_a_french_sentence_is_about():
    words = gloss(FRENCH, load_lexicon()).split()
    assert {"minister", "defence", "new"} <= set(words)


def test_only_french_is_glossed(glossing, word_embedder):
    glossing.embed_passages([FRENCH, ENGLISH])
    french, english = word_embedder.embedded
    assert english == ENGLISH
    assert french == gloss(FRENCH, small())
    assert "asked" in french
    assert "weapons" in french


def test_questions_are_glossed_as_passages_are(glossing):
    assert np.array_equal(glossing.embed_questions([FRENCH, ENGLISH]), glossing.embed_passages([FRENCH, ENGLISH]))


def test_a_french_passage_comes_nearer_to_its_english_question(glossing, word_embedder):
    def cosine(embedder):
        return float(embedder.embed_questions(["Who asked for weapons?"])[0] @ embedder.embed_passages([FRENCH])[0])

    assert cosine(glossing) > cosine(word_embedder)


def test_vectors_are_those_of_the_embedder_within(glossing, word_embedder):
    vectors = glossing.embed_passages(["", FRENCH, ENGLISH])
    assert vectors.shape == (3, glossing.dimension) == (3, word_embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1])
    assert np.array_equal(vectors[2], word_embedder.embed_questions([ENGLISH])[0])


def test_its_name_and_fingerprint_tell_it_from_the_embedder_within(glossing, word_embedder):
    assert glossing.name == "words, French glossed"
    assert glossing.fingerprint != word_embedder.fingerprint


def test_its_fingerprint_changes_with_the_model_and_with_the_lexicon(glossing):
    other_model = WordEmbedder()
    other_model.fingerprint = "words-65"
    others = [GlossingEmbedder(other_model, small()), GlossingEmbedder(WordEmbedder(), small("other"))]
    assert len({glossing.fingerprint, *(other.fingerprint for other in others)}) == 3
    assert GlossingEmbedder(WordEmbedder(), small()).fingerprint == glossing.fingerprint
