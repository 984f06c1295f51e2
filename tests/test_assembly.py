"""From settings to parts: which model is loaded, which is refused, and which index fits which settings."""

import dataclasses
from pathlib import Path

import pytest
from conftest import WordEmbedder

from qa import assembly
from qa.assembly import (
    EMBEDDER_NAME,
    load_chosen_embedder,
    load_chosen_reader,
    manifest_for,
    open_store,
    question_language,
    store_folder,
)
from qa.errors import BadInput, IndexMismatch, IndexMissing, ModelUnavailable
from qa.lexicon import load_lexicon
from qa.protocols import Manifest
from qa.records import Chunk, Hit
from qa.settings import Settings
from qa.stores.local import LocalStore
from qa.stores.schema import FORMAT

DEFAULTS = Settings(_env_file=None)


@pytest.fixture
def manifest(empty_store: LocalStore) -> Manifest:
    """Of the index in ``local_settings.store``, which is made and closed."""
    empty_store.close()
    return empty_store.manifest


def test_the_default_embedder_is_the_shipped_model_and_reads_french_and_english():
    embedder = load_chosen_embedder(DEFAULTS)
    assert (embedder.name, embedder.dimension) == (EMBEDDER_NAME, 384)
    vectors = embedder.embed_questions(["How many drones?", "Combien de drones ?", "Qui a gagné le match ?"])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_the_default_reader_is_the_shipped_model_with_a_threshold_of_its_own():
    reader = load_chosen_reader(DEFAULTS, load_lexicon())
    assert 0 < reader.threshold < 1
    text = "Oslo hésite. Kyiv a reçu dix avions. Rome promet tout."
    best = reader.read("Combien d’avions Kyiv a-t-il reçus ?", [Hit(Chunk("a", 0, len(text), text, "fr", ""), 1.0)])[0]
    assert best.sentence.of(text) == "Kyiv a reçu dix avions."
    assert "dix" in best.span.of(text)


@pytest.mark.parametrize("name", ["EMBEDDER", "READER"])
def test_lost_models_of_the_package_are_told_with_their_place(name, monkeypatch, tmp_path):
    monkeypatch.setattr(assembly, name, tmp_path / "lost")
    with pytest.raises(ModelUnavailable, match=r"^no model in .*lost, .*; reinstall qa$"):
        load_chosen_embedder(DEFAULTS) if name == "EMBEDDER" else load_chosen_reader(DEFAULTS, load_lexicon())


def test_a_manifest_tells_the_model_and_how_passages_were_cut():
    settings = Settings(_env_file=None, chunk_size=700, chunk_overlap=70)
    assert manifest_for(WordEmbedder(), settings) == Manifest(FORMAT, "words", "words-64", 64, 700, 70)


def test_an_index_made_as_it_would_be_today_is_opened(local_settings, manifest):
    store = open_store(local_settings, manifest, check_chunks=True)
    assert store.manifest == manifest
    store.close()


@pytest.mark.parametrize(
    ("field", "today", "told"),
    [
        ("fingerprint", "words-65", "model fingerprint 'words-64' instead of 'words-65'"),
        ("dimension", 65, "dimension 64 instead of 65"),
        ("chunk_size", 700, "chunk_size 600 instead of 700"),
        ("chunk_overlap", 0, "chunk_overlap 120 instead of 0"),
    ],
)
def test_an_index_made_otherwise_is_refused_with_both_values_and_the_remedy(
    local_settings, manifest, field, today, told
):
    with pytest.raises(IndexMismatch) as refused:
        open_store(local_settings, dataclasses.replace(manifest, **{field: today}), check_chunks=True)
    assert str(refused.value) == (
        f"the index in {local_settings.store} was made with {told}; "
        f"build it again: qa index PATH --store {local_settings.store} --rebuild, or set the QA_ variables back"
    )


def test_all_differences_are_told_at_once_with_the_names_of_the_models(local_settings, manifest):
    today = dataclasses.replace(manifest, embedder="letters", fingerprint="letters-26", dimension=26)
    with pytest.raises(IndexMismatch) as refused:
        open_store(local_settings, today, check_chunks=False)
    assert "made with embedder 'words' instead of 'letters', model fingerprint 'words-64'" in str(refused.value)
    assert "dimension 64 instead of 26" in str(refused.value)


def test_reading_an_index_does_not_ask_how_its_passages_were_cut(local_settings, manifest):
    today = dataclasses.replace(manifest, chunk_size=700, chunk_overlap=0)
    open_store(local_settings, today, check_chunks=False).close()


def test_the_same_model_under_another_name_will_do(local_settings, manifest):
    open_store(local_settings, dataclasses.replace(manifest, embedder="models/words"), check_chunks=True).close()


def test_a_missing_index_is_told_with_the_command_that_builds_it(tmp_path, manifest):
    settings = Settings(_env_file=None, store=str(tmp_path / "none"))
    with pytest.raises(IndexMissing, match=r"build one: qa index PATH --store .*none$"):
        open_store(settings, manifest, check_chunks=False)


def test_a_store_is_a_folder_and_nothing_else():
    assert store_folder(Settings(_env_file=None, store="~/index")) == Path.home() / "index"
    with pytest.raises(BadInput, match=r"^store = 'milvus://host': only a folder .* set --store or QA_STORE"):
        store_folder(Settings(_env_file=None, store="milvus://host"))


@pytest.mark.parametrize(
    ("question", "language"),
    [("Combien de drones ?", "fr"), ("How many drones?", "en"), ("Скільки дронів?", "uk"), ("Patriot?", "en")],
)
def test_a_question_is_answered_in_its_language_or_else_in_english(question, language):
    assert question_language(question) == language
