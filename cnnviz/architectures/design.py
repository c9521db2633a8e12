"""A network of one's own on the lecture's pattern, as the few words that describe it.

The words are what a link carries: `Design.read("repeats-3_padding-same").architecture()` is the
network that its author saw.
"""

from dataclasses import asdict, dataclass, fields

from cnnviz.architectures.lecture import pattern
from cnnviz.architectures.network import Architecture

# What each number can be. The lecture: N is usually at most 3, K less than 3.
OPTIONS: dict[str, tuple] = {
    "size": tuple(range(8, 257)),
    "channels": tuple(range(1, 17)),
    "convolutions": (0, 1, 2, 3),
    "repeats": (0, 1, 2, 3, 4, 5, 6),
    "pool": (False, True),
    "filters": (4, 8, 16, 25, 32, 48, 64, 96, 128),
    "growth": (1, 2),
    "kernel": (1, 2, 3, 5, 7, 11),
    "padding": ("valid", "same"),
    "hidden": (0, 1, 2),
    "units": (16, 32, 64, 100, 128, 256, 512, 1024, 2048, 4096),
    "dropout": (0.0, 0.25, 0.5),
    "classes": (1, 2, 10, 20, 100, 1000),
}


@dataclass(frozen=True)
class Design:
    """INPUT → [[CONV → RELU]×N → POOL?]×M → [FC → RELU]×K → FC, with all its numbers.

    >>> Design(repeats=3, padding="same").words
    'repeats-3_padding-same'
    >>> Design.read("repeats-3_padding-same") == Design(repeats=3, padding="same")
    True
    """

    size: int = 32  # pixels of a side
    channels: int = 3  # of the pictures
    convolutions: int = 1  # N
    repeats: int = 2  # M
    pool: bool = True
    filters: int = 32  # of the first repeat
    growth: int = 2  # how many times as many each further repeat has
    kernel: int = 3  # pixels of a side
    padding: str = "valid"  # or "same"
    hidden: int = 1  # K
    units: int = 128
    dropout: float = 0.0
    classes: int = 10

    @classmethod
    def read(cls, words: str) -> "Design":
        """What the words say; what they leave out or what is nonsense is as in a new design."""
        said = {}
        for word in words.split("_"):
            name, _, value = word.partition("-")
            for option in OPTIONS.get(name, ()):
                if value == _written(option):
                    said[name] = option
        return cls(**said)

    @property
    def words(self) -> str:
        """Every number that is not that of a new design."""
        return "_".join(
            f"{field.name}-{_written(getattr(self, field.name))}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        )

    def architecture(self) -> Architecture:
        """The network.

        Raises:
            Refusal: If a map becomes too small for a window; it names the layer.
        """
        numbers = asdict(self)
        size, channels = numbers.pop("size"), numbers.pop("channels")
        return pattern((size, size, channels), **numbers)


def _written(option: object) -> str:
    return f"{option:g}" if isinstance(option, float) else str(option).lower()
