"""Measures an archive: thousands of French articles indexed, indexed again unchanged, opened and searched.

The articles are debates of the European Parliament, cut to the length of news articles, a file each.

make bench-archive ARGS="--data DIR"        (python -m benchmarks.archive --data DIR [--articles N] [--work DIR])

Interrupted, it goes on where it was when started again; its time of indexing then is that of the rest.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from rich.console import Console

from benchmarks.figures import Watch, progress_bars
from benchmarks.run import latencies, timed
from qa.assistant import Assistant
from qa.errors import QAError
from training.parallel import EUROPARL, read_pairs

LENGTH = 2500  # characters of an article, at least
PARAGRAPH = 4  # sentences
QUESTIONS = 100


def articles(data: Path) -> Iterator[str]:
    """French articles, the first line the title, each from one sitting."""
    sentences: list[str] = []
    sitting = ""
    for pair in read_pairs(data, name=EUROPARL):
        if pair.source != sitting:
            sentences, sitting = [], pair.source
        sentences.append(pair.french)
        if sum(map(len, sentences)) >= LENGTH:
            yield _article(sentences)
            sentences = []


def _article(sentences: list[str]) -> str:
    paragraphs = (" ".join(sentences[at : at + PARAGRAPH]) for at in range(1, len(sentences), PARAGRAPH))
    return "\n".join((sentences[0], "", *paragraphs)) + "\n"


def write_articles(data: Path, folder: Path, count: int) -> int:
    """Write ``count`` articles, or as many as there are, a file each; those that are there stay. How many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for written, text in enumerate(islice(articles(data), count), start=1):
        path = folder / f"debate-{written:06d}.txt"
        if not path.exists():
            path.write_text(text, encoding="utf-8")
    return written


def measure(folder: Path, store: str, watch: Watch) -> None:
    """Index the folder twice, open the index, search and ask; print what each took."""
    with watch("Indexing") as progress:
        assistant = Assistant.build([str(folder)], store=store, progress=progress)
    report = assistant.report
    assert report is not None
    assistant.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    again = timed(lambda: Assistant.build([str(folder)], store=store).close())
    opening = timed(lambda: Assistant.open(store).close())
    lines = Path("newsroom/questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines[:: len(lines) // QUESTIONS]][:QUESTIONS]
    with closing(Assistant.open(store)) as assistant:
        search, ask = latencies(assistant.search, questions), latencies(assistant.ask, questions)
    size = sum(path.stat().st_size for path in Path(store).rglob("*") if path.is_file()) / 2**20
    print(f"{platform.machine()}, Python {platform.python_version()}")
    print(f"{len(report.added)} articles added, {len(report.copies)} copies, {report.passages} passages")
    print(f"indexing           {report.seconds:8.0f} s, {report.passages / report.seconds:.1f} passages/s")
    print(f"peak memory        {peak:8.0f} MB")
    print(f"on disk            {size:8.0f} MB")
    print(f"unchanged, again   {again:8.2f} s (models loaded included)")
    print(f"opening            {opening:8.2f} s (models loaded included)")
    print(f"search p50, p95    {search[0]:8.0f} ms, {search[1]:.0f} ms")
    print(f"ask p50, p95       {ask[0]:8.0f} ms, {ask[1]:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {EUROPARL}")
    parser.add_argument("--articles", type=int, default=30_000, help="how many articles to index")
    parser.add_argument("--work", type=Path, default=Path("eval-results"), help="folder for the articles and the index")
    arguments = parser.parse_args()
    if not (arguments.data / EUROPARL).is_file():
        sys.exit(f"error: {arguments.data} holds no {EUROPARL}; training/README.md says what it is")
    folder = arguments.work / "archive"
    count = write_articles(arguments.data, folder, arguments.articles)
    print(f"{count} articles in {folder}")
    try:
        measure(folder, str(arguments.work / "archive-index"), progress_bars(Console(stderr=True)))
    except QAError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
