"""Everything that can go wrong for a user, in one tree.

    QAError
    ├── BadInput            an argument, a setting or a file given by name is not usable
    ├── IndexMissing        there is no index where one was expected
    ├── IndexMismatch       the index was made with another model, chunk settings or format
    ├── IndexDamaged        the parts of the index contradict each other
    ├── IndexBusy           another process is writing to the index
    └── ModelUnavailable    a model cannot be found, read or trusted

Each message says what, where and the remedy. The doors (command line, chat, HTTP) catch ``QAError`` and nothing wider.
"""


class QAError(Exception):
    """The root: a problem that its message explains to the person who asked."""


class BadInput(QAError):
    """An argument, a setting or a file given by name is not usable."""


class IndexMissing(QAError):
    """There is no index where one was expected."""


class IndexMismatch(QAError):
    """The index was made with another model, other chunk settings or another format."""


class IndexDamaged(QAError):
    """The parts of the index contradict each other."""


class IndexBusy(QAError):
    """Another process is writing to the index."""


class ModelUnavailable(QAError):
    """A model cannot be found, read or trusted."""
