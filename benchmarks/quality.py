"""Scores the assistant on the newsroom's test part, all of the newsroom's articles indexed.

python -m benchmarks.quality [--work DIR] [--every N]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from qa.assistant import Assistant
from qa.evaluation.questions import load_questions
from qa.evaluation.report import installed_versions, render_table, write_json
from qa.evaluation.run import evaluate
from training.split import Part, part_of

NEWSROOM = Path("newsroom")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("eval-results"), help="folder for the index and the results")
    parser.add_argument("--every", type=int, default=1, help="ask only every n-th question")
    arguments = parser.parse_args()
    assistant = Assistant.build([str(NEWSROOM / "articles.jsonl")], store=str(arguments.work / "newsroom-index"))
    questions = [
        question
        for question in load_questions(NEWSROOM / "questions.jsonl")
        if part_of(question.id.rpartition("-")[0]) is Part.TEST
    ][:: arguments.every]
    evaluation = evaluate(
        lambda text, history: assistant.ask(text, history=history),
        questions,
    )
    render_table(evaluation, Console())
    write_json(
        evaluation,
        arguments.work / "newsroom-test.json",
        settings=assistant.settings.model_dump(),
        versions=installed_versions(),
    )


if __name__ == "__main__":
    main()
