"""What readers remember from line to line: a bounded number of entries, the earliest forgotten first."""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 40_000
"""Messages, connections or recipients of which a reader remembers what earlier lines told."""


class Latest(dict[K, V]):
    """A dictionary that forgets the entry put in first where a new one would be more than `most`."""

    __slots__ = ("_most",)

    def __init__(self, most: int = MOST) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        if len(self) >= self._most and key not in self:
            del self[next(iter(self))]
        super().__setitem__(key, value)
