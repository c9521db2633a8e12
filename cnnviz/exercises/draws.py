"""Random draws that are the same for ever, on every machine.

Neither `random` nor NumPy promises that: of `random.Random` only `random()` keeps its sequence from
version to version, of `numpy.random.Generator` only the bits do (NEP 19). SHA-256 is a standard
(FIPS 180-4), so a sheet that a class got by its link stays that sheet.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Option = TypeVar("Option")


class Draws:
    """Draw number i of a name is the SHA-256 of "name/i", as a whole number, modulo the options.

    >>> one, again = Draws("sheet"), Draws("sheet")
    >>> [one.below(1000), one.below(1000), again.below(1000)]
    [596, 46, 596]
    """

    def __init__(self, name: str):
        self._name = name
        self._count = 0

    def below(self, limit: int) -> int:
        """0 … limit − 1, equally likely (but for less than 2^−200)."""
        digest = hashlib.sha256(f"{self._name}/{self._count}".encode()).digest()
        self._count += 1
        return int.from_bytes(digest, "big") % limit

    def between(self, low: int, high: int) -> int:
        """low … high, both included."""
        return low + self.below(high - low + 1)

    def pick(self, options: Sequence[Option]) -> Option:
        return options[self.below(len(options))]

    def shuffled(self, options: Sequence[Option]) -> list[Option]:
        """All of them, in any order (Fisher and Yates)."""
        left, order = list(options), []
        while left:
            order.append(left.pop(self.below(len(left))))
        return order

    def matrix(
        self, rows: int, columns: int, options: Sequence[int]
    ) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(self.pick(options) for _ in range(columns)) for _ in range(rows))
