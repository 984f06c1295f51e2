"""Measures an archive: thousands of French articles indexed, indexed again unchanged, opened and searched.

The articles are debates of the European Parliament, cut to the length of news articles, a file each.

make bench-archive ARGS="--data DIR"        (python -m benchmarks.archive --data DIR [--articles N] [--work DIR])

Interrupted, it goes on where it was when started again; the time of indexing is then that of the rest.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from rich.console import Console

from benchmarks.figures import progress_bars
from benchmarks.run import measure
from qa.errors import QAError
from training.parallel import EUROPARL, read_pairs

LENGTH = 2500  # characters of an article, at least
PARAGRAPH = 4  # sentences


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
    """Write the first ``count`` articles, or all if there are fewer, a file each; those there are left. How many."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    for number, text in enumerate(islice(articles(data), count), start=1):
        path = folder / f"debate-{number:06d}.txt"
        if not path.exists():
            unfinished = path.with_suffix(".new")
            unfinished.write_text(text, encoding="utf-8")
            os.replace(unfinished, path)
    return number


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {EUROPARL}")
    parser.add_argument("--articles", type=int, default=30_000, help="how many articles to index")
    parser.add_argument("--work", type=Path, default=Path("eval-results"), help="folder for the articles and the index")
    arguments = parser.parse_args()
    if not (arguments.data / EUROPARL).is_file():
        sys.exit(f"error: {arguments.data} holds no {EUROPARL}; training/README.md says what it is")
    folder = arguments.work / f"archive-{arguments.articles}"
    store = folder.with_name(f"{folder.name}-index")
    print(f"{write_articles(arguments.data, folder, arguments.articles)} articles in {folder}")
    if store.exists():
        print(f"{store} is there and will be brought up to date; delete it to measure from the beginning")
    try:
        with progress_bars(Console(stderr=True))("Indexing") as progress:
            timings = measure(folder, store, progress=progress)
    except QAError as error:
        sys.exit(f"error: {error}")
    for line in timings.lines():
        print(line)
    size = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    print(f"index on disk      {size / 2**20:8.0f} MB")


if __name__ == "__main__":
    main()
