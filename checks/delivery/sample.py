"""A bounded, fair sample of things by their hashes: the same whatever the order of reading, and mergeable.

Of all things those are kept whose hash is below a limit, and the limit is halved as often as needed. Which things remain, and one
in how many, depends on nothing but the things: the limit is the largest one under which few enough lie (bottom-k sampling; Broder 1997).
"""

from hashlib import blake2b
from typing import Generic, TypeVar

V = TypeVar("V")

BITS = 64


def hash_of(text: str) -> int:
    """64 bits that are the same in every process; they do not lead back to the text but for who tries all."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=BITS // 8).digest())


class Sample(Generic[V]):
    """At most `most` values by the hash of what they are of. `rate`: one in so many is kept; a power of two."""

    __slots__ = ("_limit", "_most", "items", "rate")

    def __init__(self, most: int) -> None:
        self.items: dict[int, V] = {}
        self.rate = 1
        self._most = most
        self._limit = 1 << BITS

    def keeps(self, key: int) -> bool:
        """True where this key is inside the sample, whether or not it was met."""
        return key < self._limit

    def put(self, key: int, value: V) -> list[V]:
        """Set the value of a key that is kept. Returns the values that had to go for it, often its own among them."""
        self.items[key] = value
        dropped: list[V] = []
        while len(self.items) > self._most:
            dropped += self.narrow(self.rate * 2)
        return dropped

    def narrow(self, rate: int) -> list[V]:
        """Keep one in `rate` from now on, where it is more than now. Returns the values that went."""
        if rate <= self.rate:
            return []
        self.rate = rate
        self._limit = (1 << BITS) // rate
        outside = [key for key in self.items if key >= self._limit]
        return [self.items.pop(key) for key in outside]
