"""Text becomes unit vectors: a sentence-transformers model of a few kilobytes, made here, saved and loaded again."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qa.embedding import SentenceTransformerEmbedder, load_embedder
from qa.errors import ModelUnavailable
from qa.settings import Settings

ROOT = Path(__file__).parent.parent
DIMENSION = 32
LETTERS = "a e i l n o r s t u"
WORDS = ["query", "passage", "drone", "missile", "accord", "ministre", ":", "?", *LETTERS.split()]
WORD_PARTS = [f"##{letter}" for letter in LETTERS.split()]
NONE = {"query": "", "document": ""}
E5 = {"query": "query: ", "document": "passage: "}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a two-layer BERT with random weights, always the same, and no prompts."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    root = tmp_path_factory.mktemp("models")
    vocabulary = root / "vocab.txt"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *WORD_PARTS]
    vocabulary.write_text("\n".join(pieces), encoding="utf-8")
    tokenizer = BertTokenizerFast(str(vocabulary), model_max_length=64)
    torch.manual_seed(0)
    shape = {"hidden_size": DIMENSION, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    bert = BertModel(BertConfig(vocab_size=len(tokenizer), max_position_embeddings=64, **shape))
    bert.save_pretrained(root / "bert")
    tokenizer.save_pretrained(root / "bert")
    SentenceTransformer(str(root / "bert"), device="cpu").save(str(root / "tiny"))
    return root / "tiny"


@pytest.fixture(scope="module")
def embedder(tiny: Path) -> SentenceTransformerEmbedder:
    return load_embedder(str(tiny), "tiny")


@pytest.fixture
def copied(tiny: Path, tmp_path: Path) -> Callable[..., Path]:
    """Makes a copy of the tiny model in a folder of another name, with other prompts."""

    def copy(name: str, prompts: dict[str, str] = NONE) -> Path:
        folder = shutil.copytree(tiny, tmp_path / name)
        path = folder / "config_sentence_transformers.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "prompts": prompts}), encoding="utf-8")
        return folder

    return copy


def fingerprint(folder: Path) -> str:
    return load_embedder(str(folder), "any").fingerprint


def lengths(vectors: np.ndarray) -> np.ndarray:
    return np.linalg.norm(vectors, axis=1)


def test_passages_and_questions_become_unit_vectors(embedder):
    texts = ["accord", "", "un accord sur les drones " * 50]
    for vectors in (embedder.embed_passages(texts), embedder.embed_questions(texts)):
        assert vectors.shape == (3, embedder.dimension) == (3, DIMENSION)
        assert vectors.dtype == np.float32
        assert lengths(vectors) == pytest.approx([1, 1, 1], abs=1e-5)


def test_no_texts_give_no_vectors(embedder):
    for vectors in (embedder.embed_passages([]), embedder.embed_questions([])):
        assert vectors.shape == (0, DIMENSION)
        assert vectors.dtype == np.float32


def test_vectors_come_in_the_order_of_the_texts_though_batches_go_by_length(embedder):
    texts = ["drone " * (1 + i * 7 % 11) + "missile " * (i % 5) for i in range(40)]
    together = embedder.embed_passages(texts)
    alone = np.vstack([embedder.embed_passages([text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-5
    assert len(np.unique(together.round(3), axis=0)) > 10, "the texts have different vectors"


def test_progress_is_reported_up_to_the_last_text(embedder):
    seen = []
    embedder.embed_passages(["a"] * 300, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert seen[-1] == (300, 300)


def test_the_embedder_goes_by_the_name_given(embedder):
    assert embedder.name == "tiny"


def test_a_model_without_prompts_is_given_none(embedder):
    assert np.allclose(embedder.embed_questions(["drone"]), embedder.embed_passages(["drone"]), atol=1e-6)


@pytest.mark.parametrize("name", ["multilingual-e5-tiny", "E5_small", "e5"])
def test_a_model_of_the_e5_family_is_given_its_prompts(embedder, copied, name):
    e5 = load_embedder(str(copied(name)), name)
    assert np.allclose(e5.embed_questions(["drone"]), embedder.embed_questions(["query: drone"]), atol=1e-5)
    assert np.allclose(e5.embed_passages(["drone"]), embedder.embed_passages(["passage: drone"]), atol=1e-5)
    assert not np.allclose(e5.embed_questions(["drone"]), e5.embed_passages(["drone"]), atol=1e-3)


def test_a_name_that_merely_holds_e5_changes_nothing(embedder, copied):
    other = load_embedder(str(copied("made5times")), "other")
    assert np.allclose(other.embed_questions(["drone"]), embedder.embed_questions(["drone"]), atol=1e-6)


@pytest.mark.parametrize("name", ["prompted", "e5-prompted"])
def test_the_prompts_of_the_model_itself_are_kept(embedder, copied, name):
    own = load_embedder(str(copied(name, {"query": "accord: ", "document": "ministre: "})), name)
    assert np.allclose(own.embed_questions(["drone"]), embedder.embed_questions(["accord: drone"]), atol=1e-5)
    assert np.allclose(own.embed_passages(["drone"]), embedder.embed_passages(["ministre: drone"]), atol=1e-5)


def test_weights_of_16_bits_are_computed_with_32(tiny, embedder, tmp_path):
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(str(tiny), device="cpu").half().save(str(tmp_path / "halved"))
    halved = load_embedder(str(tmp_path / "halved"), "halved")
    texts = ["accord", "un accord sur les drones " * 50]
    assert lengths(halved.embed_passages(texts)) == pytest.approx([1, 1], abs=1e-5)
    assert halved.embed_passages(texts) == pytest.approx(embedder.embed_passages(texts), abs=0.01)


def test_a_copy_of_the_folder_has_the_same_fingerprint(tiny, copied, embedder):
    assert fingerprint(copied("elsewhere")) == fingerprint(tiny) == embedder.fingerprint


def test_other_prompts_change_the_fingerprint(tiny, copied):
    assert (
        len(
            {
                fingerprint(tiny),
                fingerprint(copied("with-prompts", E5)),
                fingerprint(copied("swapped", NONE | {"query": "?"})),
            }
        )
        == 3
    )
    assert fingerprint(copied("tiny-e5")) != fingerprint(tiny)


def test_one_other_weight_changes_the_fingerprint(tiny, copied):
    from safetensors.torch import load_file, save_file

    folder = copied("retrained")
    weights = load_file(folder / "model.safetensors")
    name = sorted(weights)[0]
    weights[name].view(-1)[0] += 0.5
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert fingerprint(folder) != fingerprint(tiny)


def test_another_length_limit_changes_the_fingerprint(tiny, copied):
    folder = copied("shorter")
    path = folder / "sentence_bert_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "max_seq_length": 16}), encoding="utf-8")
    assert fingerprint(folder) != fingerprint(tiny)


def broken_configuration(folder: Path) -> None:
    (folder / "config.json").write_text("{", encoding="utf-8")


def cut_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])


def lost_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def lost_everything(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def unknown_module(folder: Path) -> None:
    modules = folder / "modules.json"
    modules.write_text(modules.read_text(encoding="utf-8").replace("Pooling", "Pouring"), encoding="utf-8")


def unknown_option(folder: Path) -> None:
    (folder / "1_Pooling" / "config.json").write_text('{"pouring_mode": "mean"}', encoding="utf-8")


@pytest.mark.parametrize(
    "damage", [broken_configuration, cut_weights, lost_weights, lost_everything, unknown_module, unknown_option]
)
def test_a_broken_folder_is_told_in_one_line(copied, damage):
    folder = copied("broken")
    damage(folder)
    with pytest.raises(ModelUnavailable) as refused:
        load_embedder(str(folder), "broken")
    message = str(refused.value)
    assert message.startswith(f"cannot load the folder {folder}: ")
    assert message.endswith("; check the folder")
    assert "\n" not in message


@pytest.mark.parametrize("source", ["./nowhere", "/nowhere/model", "~/no/where", "a/b/c"])
def test_a_folder_that_is_not_there_is_told_with_the_setting(source):
    with pytest.raises(
        ModelUnavailable, match=f"^no model folder {source}; set QA_EMBEDDER to a folder or a hub name$"
    ):
        load_embedder(source, source)


def test_an_unknown_hub_name_without_network_is_one_line_on_standard_error_and_nothing_else(tmp_path):
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    code = (
        "import sys\n"
        "from qa.embedding import load_embedder\n"
        "from qa.errors import QAError\n"
        "try:\n    load_embedder('nobody/nothing', 'nobody/nothing')\n"
        "except QAError as error:\n    sys.exit(f'{type(error).__name__}: {error}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | offline,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("ModelUnavailable: cannot load the hub model nobody/nothing: ")
    assert line.endswith("; check the name and the network, or set QA_EMBEDDER to a local folder")


def test_any_folder_can_be_chosen_by_the_settings(tiny):
    from qa.assembly import load_chosen_embedder

    chosen = load_chosen_embedder(Settings(_env_file=None, embedder=str(tiny)))
    assert (chosen.name, chosen.dimension) == (str(tiny), DIMENSION)
