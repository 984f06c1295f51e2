"""Holds the training to what it learns from and to what it leaves: the split, the newsroom, the published models."""

from __future__ import annotations

import json
import lzma
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import WordEmbedder
from tiny_readers import bert

from qa.embedding import load_embedder
from qa.lexicon import load_lexicon
from qa.settings import Settings
from training.newsroom import FOLDERS, RememberingEmbedder, load_articles, load_questions, open_newsroom
from training.parallel import Pair, aligned_pairs
from training.publish import LEFT_BY_TRAINING, publish_embedder, publish_reader
from training.questions import PIAF, newsroom_asked
from training.spans import SQUAD_ANSWERS, SQUAD_SENTENCES, piaf_examples, squad_examples
from training.split import Part, group_of, part_of, part_of_title

PASSAGE = "Oslo livre dix drones à Kyiv."


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parent.parent)


@pytest.fixture
def tuned(tmp_path: Path) -> Path:
    """A folder with a tiny embedder whose tokenizer was last used to cut and to pad."""
    tiny = bert(types=2)
    tiny.tokenizer(["dix drones", "accord"], truncation=True, padding=True, max_length=9)
    return tiny.save(tmp_path / "tuned")


def ids(folder: Path) -> set[str]:
    return {json.loads(line)["id"] for line in (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()}


def test_nothing_is_learnt_from_an_article_that_is_measured():
    measured = [question.evidence for question in load_questions() if question.part is Part.TEST and question.evidence]
    learnt = list(newsroom_asked(Part.TRAIN))
    assert {part_of(one.article_id) for one in learnt} == {Part.TRAIN}
    everything = "\n".join(one.passage for one in learnt)
    assert not [evidence for evidence in measured if evidence in everything]


def test_all_of_the_training_folder_is_learnt_from_and_none_of_it_is_in_the_newsroom():
    newsroom, training = map(ids, FOLDERS)
    assert {part_of(article) for article in training} == {Part.TRAIN}
    assert not training & newsroom
    assert newsroom | training == set(load_articles())


def test_reports_on_one_event_stay_together():
    reports = sorted(article for article in load_articles() if article.startswith("s5-"))
    assert [group_of(report) for report in reports[:5]] == ["s5-01"] * 3 + ["s5-04"] * 2
    assert [group_of(report) for report in reports[14:18]] == ["s5-13", "s5-16", "s5-16", "s5-18"]
    assert set(Counter(map(group_of, reports)).values()) == {2, 3}
    assert all(part_of(report) is part_of(group_of(report)) for report in reports)


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def test_what_is_published_neither_cuts_nor_pads_and_can_be_read_by_all(tuned: Path, tmp_path: Path):
    assert read(tuned / "tokenizer.json")["truncation"] is not None
    for publish in (publish_embedder, publish_reader):
        folder = tmp_path / publish.__name__
        publish(tuned, folder)
        tokenizer, options = read(folder / "tokenizer.json"), read(folder / "tokenizer_config.json")
        assert (tokenizer["truncation"], tokenizer["padding"]) == (None, None)
        assert not options.keys() & set(LEFT_BY_TRAINING)
        assert (folder / "model.safetensors").stat().st_mode & 0o777 == 0o644


def test_a_published_embedder_cuts_at_its_own_length_and_needs_no_folder_without_weights(tuned: Path, tmp_path: Path):
    publish_embedder(tuned, tmp_path / "embedder")
    whole = load_embedder(str(tmp_path / "embedder"), "tiny")
    shutil.rmtree(tmp_path / "embedder" / "2_Normalize")
    sparse = load_embedder(str(tmp_path / "embedder"), "tiny")
    assert sparse.fingerprint == whole.fingerprint
    vectors = sparse.embed_passages(["dix " * 254, "dix " * 300, "accord"])
    assert np.allclose(vectors[0], vectors[1], atol=1e-6)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_a_text_is_embedded_once_and_remembered(word_embedder: WordEmbedder, tmp_path: Path):
    path = tmp_path / "vectors.safetensors"
    remembering = RememberingEmbedder(word_embedder, path)
    remembering.save()
    assert not path.exists()
    assert remembering.embed_questions([]).shape == (0, word_embedder.dimension)
    vectors = remembering.embed_passages(["dix drones", "accord", "dix drones"])
    remembering.save()
    assert np.array_equal(RememberingEmbedder(word_embedder, path).embed_passages(["accord"]), vectors[1:2])
    assert word_embedder.embedded == ["dix drones", "accord"]


class OtherEmbedder(WordEmbedder):
    fingerprint = "words-64, trained again"


def test_the_newsrooms_index_is_made_anew_for_an_embedder_trained_anew(
    word_embedder: WordEmbedder, local_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    for folder in FOLDERS:
        folder.mkdir()
        article = {"id": folder.name, "title": folder.name, "text": PASSAGE}
        (folder / "articles.jsonl").write_text(json.dumps(article) + "\n", encoding="utf-8")
    for embedder in (word_embedder, word_embedder, OtherEmbedder()):
        store = open_newsroom(local_settings, embedder)
        assert (len(store), store.manifest.fingerprint) == (2, embedder.fingerprint)
        store.close()
    assert len(word_embedder.embedded) == 2  # the second time nothing had changed


def test_words_are_aligned_on_every_other_sentence_of_parliament_and_on_all_others(tmp_path: Path):
    for name in ("europarl", "sentences", "titles"):
        with lzma.open(tmp_path / f"{name}.tsv.xz", "wt", encoding="utf-8") as file:
            file.write("one\tun\tA\ntwo\tdeux\tB\nthree\ttrois\n\tquatre\tB\n")
    one, two, three = Pair("one", "un", "A"), Pair("two", "deux", "B"), Pair("three", "trois", "titles")
    assert list(aligned_pairs(tmp_path)) == [one, three, one, two, three, one, two, three]


def test_two_seeds_draw_all_questions_on_french_passages_between_them(tmp_path: Path):
    rows = [
        {
            "title": f"Drones {number}",
            "context": PASSAGE,
            "question": f"Combien ? ({number})",
            "question_en": f"How many? ({number})",
            "answers": ["dix drones"],
            "answer_start": [PASSAGE.index("dix")],
        }
        for number in range(20)
    ]
    learnt_from = [row for row in rows if part_of_title(str(row["title"])) is Part.TRAIN]
    with lzma.open(tmp_path / PIAF, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    drawn = [
        {example.text.question for example in piaf_examples(tmp_path, load_lexicon(), seed=seed)} for seed in (0, 1)
    ]
    assert drawn[0] | drawn[1] == {row[key] for row in learnt_from for key in ("question", "question_en")}
    assert not drawn[0] & drawn[1]


def test_four_seeds_draw_all_of_squads_sentences_between_them(tmp_path: Path):
    asked = [f"how many drones, {number}?" for number in range(12)]
    for name, kind in ((SQUAD_SENTENCES, "sentence"), (SQUAD_ANSWERS, "answers")):
        value: object = "ten drones ." if kind == "sentence" else ["ten"]
        with lzma.open(tmp_path / name, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps({"question": question, kind: value}) + "\n" for question in asked)
    drawn = [[one.text.question for one in squad_examples(tmp_path, load_lexicon(), seed=seed)] for seed in range(4)]
    assert sorted(question for own in drawn for question in own) == sorted(asked)
    assert [len(own) for own in drawn] == [3] * 4
