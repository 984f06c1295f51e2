"""Measures speed on the newsroom's articles: indexing, opening, searching, answering.

make bench        (python -m benchmarks.run [--articles N])
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from qa.assistant import Assistant
from qa.indexing import IndexReport
from qa.protocols import Progress

NEWSROOM = Path("newsroom")
QUESTIONS = 100
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes that ru_maxrss counts in


@dataclass(frozen=True, slots=True)
class Timings:
    """What a folder took: times in seconds, ``search`` and ``ask`` as p50 and p95 in milliseconds, memory in MB."""

    report: IndexReport
    again: float
    opening: float
    search: tuple[float, float]
    ask: tuple[float, float]
    peak_memory: float

    def lines(self) -> Iterator[str]:
        """What a person is shown."""
        report = self.report
        yield f"{platform.machine()}, Python {platform.python_version()}"
        yield f"{len(report.added)} articles added, {len(report.copies)} copies, {report.passages} passages"
        yield f"indexing           {report.seconds:8.1f} s, {report.passages / report.seconds:.1f} passages/s"
        yield f"unchanged, again   {self.again:8.2f} s (models loaded included)"
        yield f"opening            {self.opening:8.2f} s (models loaded included)"
        yield f"search p50, p95    {self.search[0]:8.0f} ms, {self.search[1]:.0f} ms"
        yield f"ask p50, p95       {self.ask[0]:8.0f} ms, {self.ask[1]:.0f} ms"
        yield f"peak memory        {self.peak_memory:8.0f} MB"


def measure(source: Path, store: Path, *, progress: Progress | None = None) -> Timings:
    """Index ``source`` into ``store``, again unchanged, open the index, search it and ask."""
    sources, index = [str(source)], str(store)
    with closing(Assistant.build(sources, store=index, progress=progress)) as assistant:
        report = assistant.report
    if report is None:
        raise RuntimeError("building an index gave no report")
    again = timed(lambda: Assistant.build(sources, store=index).close())
    opening = timed(lambda: Assistant.open(index).close())
    questions = sampled_questions(QUESTIONS)
    with closing(Assistant.open(index)) as assistant:
        search, ask = latencies(assistant.search, questions), latencies(assistant.ask, questions)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT / 2**20
    return Timings(report, again, opening, search, ask, peak)


def timed(call: Callable[[], object]) -> float:
    """Seconds that ``call`` takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def latencies(call: Callable[[str], object], questions: Sequence[str]) -> tuple[float, float]:
    """p50 and p95 of ``call`` over the questions, in milliseconds."""
    seconds = [timed(partial(call, question)) for question in questions]
    half, most = np.percentile(seconds, (50, 95))
    return 1000 * float(half), 1000 * float(most)


def sampled_questions(count: int) -> list[str]:
    """``count`` of the newsroom's questions, from all of its series."""
    lines = (NEWSROOM / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines[:: max(1, len(lines) // count)]][:count]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=200, help="how many of the newsroom's articles to index")
    count = parser.parse_args().articles
    lines = (NEWSROOM / "articles.jsonl").read_text(encoding="utf-8").splitlines()[:count]
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder, "articles.jsonl")
        articles.write_text("\n".join(lines) + "\n", encoding="utf-8")
        for line in measure(articles, Path(folder, "index")).lines():
            print(line)


if __name__ == "__main__":
    main()
