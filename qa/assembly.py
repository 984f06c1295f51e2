"""From settings to concrete parts: the one place where models and stores are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qa.alignment import load_alignment
from qa.embedding import load_embedder
from qa.errors import BadInput, IndexMismatch
from qa.language import detect_question_language
from qa.lexicon import Lexicon, load_lexicon
from qa.protocols import Embedder, Manifest, Reader
from qa.reading import READER, Combination, CombinedReader, load_combination
from qa.settings import DEFAULT, Settings
from qa.stores.local import LocalStore
from qa.stores.schema import FORMAT
from qa.transformer import load_span_scorer

EMBEDDER = Path(__file__).parent / "models" / "embedder"
EMBEDDER_NAME = "minilm-l6-en-fr"
QUESTION_LANGUAGE = "en"  # of a question that shows no language ("Patriot?")


@dataclass(frozen=True, slots=True)
class Parts:
    """What an assistant is made of, apart from its store."""

    embedder: Embedder
    lexicon: Lexicon
    reader: Reader


def load_parts(settings: Settings) -> Parts:
    """Load the models that the settings name. Raises ``ModelUnavailable``."""
    lexicon = load_lexicon()
    return Parts(load_chosen_embedder(settings), lexicon, load_chosen_reader(settings, lexicon))


def load_chosen_embedder(settings: Settings) -> Embedder:
    """Load the embedder that the settings name. Raises ``ModelUnavailable``."""
    if settings.embedder == DEFAULT:
        return load_embedder(str(EMBEDDER), EMBEDDER_NAME, setting=None)
    return load_embedder(settings.embedder, settings.embedder)


def load_chosen_reader(settings: Settings, lexicon: Lexicon) -> Reader:
    """Load the reader that the settings name; one that is not ours is heard alone. Raises ``ModelUnavailable``."""
    ours = settings.reader == DEFAULT
    return CombinedReader(
        load_span_scorer(str(READER), setting=None) if ours else load_span_scorer(settings.reader),
        load_alignment(),
        lexicon,
        load_combination() if ours else Combination(),
        language_of=question_language,
    )


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
