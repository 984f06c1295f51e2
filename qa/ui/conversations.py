"""Remembers running conversations, so that reloading the page shows them again. Nothing is written to disk."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

from qa.ui.answers import Turn

REMEMBERED = 200  # conversations; the one unused for longest is forgotten first
TURNS = 100  # of one conversation; older ones leave the page


class Conversations:
    """Turns by conversation key; a key is unguessable, so nobody opens another's conversation. Safe across threads."""

    def __init__(self) -> None:
        self._turns: OrderedDict[str, tuple[Turn, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def start(self) -> str:
        """The key of a new, empty conversation."""
        return secrets.token_urlsafe(16)

    def turns(self, key: str) -> tuple[Turn, ...]:
        """What was said so far, oldest first; empty for an unknown key."""
        with self._lock:
            if key in self._turns:
                self._turns.move_to_end(key)
            return self._turns.get(key, ())

    def add(self, key: str, turn: Turn) -> tuple[Turn, ...]:
        """Append ``turn`` and give all turns."""
        with self._lock:
            turns = (*self._turns.get(key, ()), turn)[-TURNS:]
            self._turns[key] = turns
            self._turns.move_to_end(key)
            while len(self._turns) > REMEMBERED:
                self._turns.popitem(last=False)
            return turns

    def forget(self, key: str) -> None:
        with self._lock:
            self._turns.pop(key, None)
