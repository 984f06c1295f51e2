"""Opens the assistant over the index, building it from seeds/ where there is none, and launches the chat."""

from __future__ import annotations

import sys
from pathlib import Path

from qa.assistant import Assistant
from qa.errors import IndexMissing, QAError
from qa.settings import Settings, load_settings
from qa.ui.serve import launch

SEEDS = Path(__file__).with_name("seeds")


def main() -> int:
    """Serve until interrupted; 2 after a problem that was explained."""
    try:
        settings = load_settings()
        assistant = open_or_build(settings)
        server = launch(assistant, host=settings.host, port=settings.port, open_browser=True, block=False)
    except QAError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"The chat is at {server.url} (Ctrl-C ends it).")
    server.wait()
    assistant.close()
    return 0


def open_or_build(settings: Settings) -> Assistant:
    try:
        return Assistant.open(settings=settings)
    except IndexMissing:
        print(f"No index in {settings.store} yet: reading {SEEDS} …")
        return Assistant.build([str(SEEDS)], settings=settings)


if __name__ == "__main__":
    sys.exit(main())
