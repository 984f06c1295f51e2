"""Measures the quality of the shipped models: the embedder, retrieval, the reader, the whole assistant.

make bench-quality        (python -m benchmarks.quality [--part PART] [--data DIR] [--every N])

Prints a table for each part and writes all figures as JSON. What each figure means: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.answers import ask_all, measure_answers
from benchmarks.corpora import NEWSROOM, SEEDS, Corpus, questions_of, thinned
from benchmarks.embedder import TRIALS
from benchmarks.figures import Figure, Watch, progress_bars, table
from benchmarks.reading import measure_time, measure_words, with_witnesses
from benchmarks.retrieval import measure_retrieval
from qa.assembly import load_chosen_embedder, load_chosen_reader
from qa.assistant import Assistant
from qa.embedding import load_embedder
from qa.errors import BadInput, IndexMismatch, QAError
from qa.evaluation.report import installed_versions, write_json
from qa.lexicon import load_lexicon
from qa.protocols import Embedder
from qa.settings import load_settings
from training.base import PACKAGE, base_folder
from training.questions import PIAF

ORIGINAL = "original all-MiniLM-L6-v2"
TITLES = {"embedder": "Embedder", "retrieval": "Retrieval", "reader": "Reader", "answers": "Answers"}
TIMED = 40  # questions, about, that are enough to tell how long a reader takes


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured with: the choices of the command line, whom to tell what is skipped, whom how far it is."""

    data: Path | None
    work: Path
    every: int
    say: Callable[[str], None]
    watch: Watch


def measure_embedders(bench: Bench) -> list[Figure]:
    """The chosen embedder beside the original English model, on each data set that is there."""
    folder = _folder_with((), bench, what="embedder:")
    if folder is None:
        return []
    present = [trial for trial in TRIALS if _folder_with(trial.files, bench, what=f"embedder: {trial.name}")]
    figures: list[Figure] = []
    for embedder in _embedders(bench) if present else ():
        for trial in present:
            with bench.watch(f"{trial.name}, {embedder.name}") as progress:
                figures += trial.measure(embedder, folder, progress)
    return figures


def _embedders(bench: Bench) -> Iterator[Embedder]:
    yield load_chosen_embedder(load_settings())
    try:
        folder = base_folder()
    except ModuleNotFoundError:
        bench.say(f"embedder: the {ORIGINAL} skipped, the package {PACKAGE} is not installed")
        return
    yield load_embedder(str(folder), ORIGINAL)


def measure_rankings(bench: Bench) -> list[Figure]:
    """Retrieval among all articles of the newsroom."""
    if _lacks("retrieval", NEWSROOM, bench):
        return []
    asked = questions_of(NEWSROOM, every=bench.every)
    with opened(NEWSROOM, bench) as assistant, bench.watch("Searching") as progress:
        return measure_retrieval(assistant, asked, progress, test=NEWSROOM.name)


def measure_readers(bench: Bench) -> list[Figure]:
    """The chosen reader: the words it picks of the right passage, and the time it takes for a question."""
    figures: list[Figure] = []
    folder = _folder_with((PIAF,), bench, what="reader: PIAF")
    if folder is not None:
        readers = with_witnesses(load_chosen_reader(load_settings(), load_lexicon()))
        with bench.watch("Reading, PIAF") as progress:
            figures += measure_words(readers, folder, progress)
    if not _lacks("reader", NEWSROOM, bench):
        asked = questions_of(NEWSROOM, every=1)
        some = thinned(asked, every=max(1, len(asked) // TIMED))
        with opened(NEWSROOM, bench) as assistant, bench.watch("Reading, newsroom") as progress:
            figures += measure_time(assistant, some, progress, test=NEWSROOM.name)
    return figures


def measure_replies(bench: Bench) -> list[Figure]:
    """The whole assistant on both corpora; each answer is also written to the work folder."""
    figures: list[Figure] = []
    for corpus in (NEWSROOM, SEEDS):
        if _lacks("answers", corpus, bench):
            continue
        # The seeds have few questions: all are asked.
        asked = questions_of(corpus, every=bench.every if corpus.split else 1)
        with opened(corpus, bench) as assistant:
            with bench.watch(f"Asking, {corpus.name}") as progress:
                replies = ask_all(assistant, asked, progress)
            figures += measure_answers(replies, threshold=assistant.parts.reader.threshold, test=corpus.name)
            write_json(
                replies.evaluation,
                bench.work / f"quality-{corpus.name}.json",
                settings={**assistant.settings.model_dump(), "min_confidence": 0.0},
            )
    return figures


PARTS: Mapping[str, Callable[[Bench], list[Figure]]] = {
    "embedder": measure_embedders,
    "retrieval": measure_rankings,
    "reader": measure_readers,
    "answers": measure_replies,
}


def _folder_with(files: Sequence[str], bench: Bench, *, what: str) -> Path | None:
    """The data folder, if it is named and holds the files; else it is told that ``what`` is skipped."""
    if bench.data is None:
        bench.say(f"{what} skipped, its data are not in the repository; name their folder with --data DIR")
        return None
    missing = [name for name in files if not (bench.data / name).is_file()]
    if missing:
        bench.say(f"{what} skipped, {bench.data} holds no {', '.join(missing)}")
    return None if missing else bench.data


def _lacks(part: str, corpus: Corpus, bench: Bench) -> bool:
    if corpus.missing:
        missing = " or ".join(corpus.missing)
        bench.say(f"{part}: {corpus.name} skipped, there is no {missing} here; run from the repository's root")
    return bool(corpus.missing)


@contextmanager
def opened(corpus: Corpus, bench: Bench) -> Iterator[Assistant]:
    """An assistant over all articles of the corpus; its index stays in the work folder for the next time."""
    store = str(bench.work / f"quality-{corpus.name}-index")
    with bench.watch(f"Indexing, {corpus.name}") as progress:
        try:
            assistant = Assistant.build([str(corpus.articles)], store=store, progress=progress)
        except IndexMismatch:  # the models have changed since
            assistant = Assistant.build([str(corpus.articles)], store=store, progress=progress, rebuild=True)
    try:
        yield assistant
    finally:
        assistant.close()


def report(figures: Mapping[str, Sequence[Figure]], *, every: int) -> dict[str, Any]:
    """All figures as plain JSON values, with what they were measured on and with."""
    return {
        "machine": {"system": platform.system(), "machine": platform.machine(), "cores": os.cpu_count()},
        "versions": {**installed_versions(), "transformers": version("transformers")},
        "settings": load_settings().model_dump(exclude={"store", "host", "port", "min_confidence"}),
        "every": every,
        "figures": {part: [figure.to_dict() for figure in measured] for part, measured in figures.items()},
    }


def write(content: Mapping[str, Any], path: Path) -> None:
    """Write JSON, making the folder. Raises ``BadInput`` where that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}; name a file in a writable folder with --out") from None


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", action="append", choices=list(PARTS), help="only this part; may be repeated")
    parser.add_argument("--data", type=Path, help="folder of the public data sets, for embedder and reader")
    parser.add_argument("--every", type=positive, default=1, help="ask only one in so many questions of the newsroom")
    parser.add_argument("--work", type=Path, default=Path("eval-results"), help="folder for indexes and answers")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/quality.json"), help="the JSON written")
    arguments = parser.parse_args()
    out, err = Console(), Console(stderr=True)

    def say(line: str) -> None:
        out.print(line, markup=False, highlight=False, soft_wrap=True)

    bench = Bench(arguments.data, arguments.work, arguments.every, say, progress_bars(err))
    figures: dict[str, list[Figure]] = {}
    try:
        for part in arguments.part or PARTS:
            figures[part] = PARTS[part](bench)
            if figures[part]:
                out.print(table(figures[part], title=TITLES[part]))
                write(report(figures, every=arguments.every), arguments.out)  # what follows may be interrupted
    except QAError as error:
        sys.exit(f"error: {error}")
    say(f"written to {arguments.out}" if any(figures.values()) else "nothing was measured, nothing is written")


if __name__ == "__main__":
    main()
