"""Measures speed on the newsroom's articles: indexing, opening, searching, answering.

make bench        (python -m benchmarks.run [--articles N])
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from qa.assistant import Assistant

NEWSROOM = Path("newsroom")
QUESTIONS = 100


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=200, help="how many of the newsroom's articles to index")
    count = parser.parse_args().articles
    lines = (NEWSROOM / "articles.jsonl").read_text(encoding="utf-8").splitlines()[:count]
    questions = [
        json.loads(line)["question"] for line in (NEWSROOM / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    ][:: 6120 // QUESTIONS][:QUESTIONS]
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder, "articles.jsonl")
        articles.write_text("\n".join(lines) + "\n", encoding="utf-8")
        store = str(Path(folder, "index"))
        assistant = Assistant.build([str(articles)], store=store)
        report = assistant.report
        assert report is not None
        assistant.close()
        again = timed(lambda: Assistant.build([str(articles)], store=store).close())
        opening = timed(lambda: Assistant.open(store).close())
        assistant = Assistant.open(store)
        search = latencies(assistant.search, questions)
        ask = latencies(assistant.ask, questions)
        assistant.close()
    print(f"{platform.machine()}, Python {platform.python_version()}")
    print(f"{len(lines)} articles, {report.passages} passages")
    print(f"indexing           {report.passages / report.seconds:8.1f} passages/s")
    print(f"unchanged, again   {again:8.2f} s (models loaded included)")
    print(f"opening            {opening:8.2f} s (models loaded included)")
    print(f"search p50, p95    {search[0]:8.0f} ms, {search[1]:.0f} ms")
    print(f"ask p50, p95       {ask[0]:8.0f} ms, {ask[1]:.0f} ms")
    print(f"peak memory        {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")


if __name__ == "__main__":
    main()
