"""The assistant: builds or opens an index over articles and answers questions from it."""

from __future__ import annotations

from collections.abc import Sequence

from qa.answering import Answerer, Asked
from qa.assembly import Parts, load_parts, manifest_for, open_store, question_language, store_folder
from qa.conversation import stand_alone
from qa.discovery import discover
from qa.errors import BadInput
from qa.indexing import IndexReport, sync
from qa.protocols import ArticleEntry, Change, Progress, Store
from qa.records import Abstention, Answer, Article, Filter, Hit
from qa.retrieval import Retriever
from qa.settings import Settings, load_settings
from qa.stores.local import LocalStore

FOLLOW_UP_SHARE = 0.5  # of the threshold: the context that a follow-up carries is not in the sentence that answers it
_EVERYTHING = Filter()


class Assistant:
    """Answers from one index; safe to call from several threads. Make one with :meth:`build` or :meth:`open`."""

    def __init__(self, store: Store, parts: Parts, settings: Settings, report: IndexReport | None = None) -> None:
        self._store = store
        self._parts = parts
        self._settings = settings
        self._retriever = Retriever(store, parts.embedder, parts.lexicon)
        self._answerer = Answerer(store, parts.lexicon)
        self.report = report

    @classmethod
    def build(
        cls,
        sources: Sequence[str],
        *,
        store: str | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
        rebuild: bool = False,
    ) -> Assistant:
        """Bring the index up to date with folders, globs and files, and open it; ``report`` says what changed.

        Unchanged articles are not embedded again; the change is atomic. With ``rebuild`` an index made with other
        models or settings is replaced. Raises ``BadInput``, ``IndexMismatch``, ``IndexDamaged``, ``IndexBusy`` or
        ``ModelUnavailable``.
        """
        chosen = _with_store(settings, store)
        if isinstance(sources, str):
            raise BadInput(f"sources is a string; give a list: Assistant.build([{sources!r}])")
        if not sources:
            raise BadInput("no sources given; name at least one folder, glob or file of articles")
        folder = store_folder(chosen)
        parts = load_parts(chosen)
        manifest = manifest_for(parts.embedder, chosen)
        if rebuild and LocalStore.exists(folder):
            opened = LocalStore.replace(folder, manifest)
        elif LocalStore.exists(folder):
            opened = open_store(chosen, manifest, check_chunks=True)
        else:
            for source in sources:  # an unusable one must not leave an empty index behind
                discover(source)
            opened = LocalStore.create(folder, manifest)
        report = sync(opened, sources, embedder=parts.embedder, settings=chosen, progress=progress)
        if rebuild:
            opened.apply(Change())  # replaces the old index even if there was nothing to add
        return cls(opened, parts, chosen, report)

    @classmethod
    def open(cls, store: str | None = None, *, settings: Settings | None = None) -> Assistant:
        """Open an index. Raises ``IndexMissing``, ``IndexMismatch``, ``IndexDamaged`` or ``ModelUnavailable``."""
        chosen = _with_store(settings, store)
        LocalStore.require(store_folder(chosen))  # a missing index is told before a model is loaded
        parts = load_parts(chosen)
        return cls(open_store(chosen, manifest_for(parts.embedder, chosen), check_chunks=False), parts, chosen)

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def store(self) -> Store:
        return self._store

    @property
    def parts(self) -> Parts:
        return self._parts

    def ask(self, question: str, *, history: Sequence[str] = (), where: Filter = _EVERYTHING) -> Answer:
        """Answer from the articles that pass ``where``, or abstain.

        ``history`` holds earlier questions, oldest first.
        """
        asked = self._asked(question, history)
        if not asked.interpretation.strip():
            return self._answerer.abstain(asked, Abstention.EMPTY_QUESTION)
        hits = self._retriever.search(
            asked.interpretation, language=asked.language, k=self._settings.passages, where=where
        )
        candidates = self._parts.reader.read(asked.interpretation, hits)
        return self._answerer.compose(asked, candidates, hits, threshold=self._threshold(asked))

    def search(self, query: str, *, k: int = 10, where: Filter = _EVERYTHING) -> list[Hit]:
        """The ``k`` best passages for a query, best first: retrieval alone. Raises ``BadInput`` for k < 1."""
        if k < 1:
            raise BadInput(f"k = {k}: ask for at least one passage")
        query = self._cut(query)
        return self._retriever.search(query, language=question_language(query), k=k, where=where)

    def conversation(self) -> Conversation:
        """A dialogue in which a follow-up is understood in the light of what came before."""
        return Conversation(self)

    def article(self, article_id: str) -> Article | None:
        """An article with its whole text, or None."""
        return self._store.article(article_id)

    def articles(self) -> list[ArticleEntry]:
        """All articles, by id."""
        return self._store.articles()

    def close(self) -> None:
        """Close the index; the assistant can't be used after."""
        self._store.close()

    def _threshold(self, asked: Asked) -> float:
        if self._settings.min_confidence is not None:
            return self._settings.min_confidence
        follows = asked.interpretation != self._cut(asked.question)
        return self._parts.reader.threshold * (FOLLOW_UP_SHARE if follows else 1.0)

    def _asked(self, question: str, history: Sequence[str]) -> Asked:
        cut = self._cut(question)
        language = question_language(cut)
        interpretation = stand_alone(cut, [self._cut(earlier) for earlier in history], language=language)
        return Asked(question, interpretation, language)

    def _cut(self, question: str) -> str:
        """The question without what no text may hold (NUL, lone surrogates), at most as long as the settings allow."""
        short = question[: self._settings.max_question_chars]
        return short.replace("\x00", " ").encode("utf-8", "ignore").decode("utf-8")


class Conversation:
    """One dialogue with an assistant; ``history`` holds the questions asked so far, oldest first."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._history: list[str] = []

    @property
    def history(self) -> tuple[str, ...]:
        return tuple(self._history)

    def ask(self, question: str, *, where: Filter = _EVERYTHING) -> Answer:
        """Answer in the light of the questions before; ``interpretation`` says how it was understood."""
        answer = self._assistant.ask(question, history=self._history, where=where)
        if question.strip():
            self._history.append(question)
        return answer


def _with_store(settings: Settings | None, store: str | None) -> Settings:
    if settings is None:
        return load_settings(store=store)
    return settings if store is None else settings.model_copy(update={"store": str(store)})
