"""The 10,000 bundled MNIST digits and their fixed split.

Source: LeCun, Cortes, Burges, http://yann.lecun.com/exdb/mnist/; the bundled file holds the first
10,000 images of the training set, ordered by class (assets/LICENCES.md).
"""

import json
from dataclasses import dataclass
from functools import cache

import numpy as np

from cnnviz import ASSETS

PATH = ASSETS / "data" / "mnist_10k.npz"
MEASURED = ASSETS / "data" / "mnist_measured.json"
UNSEEN_EVERY = 10  # positions 9, 19, 29 … of the file are never trained on


@dataclass(frozen=True)
class Digits:
    """Digits with their labels; both arrays are read-only."""

    images: np.ndarray  # (n, 28, 28) uint8, ink 255 on paper 0
    labels: np.ndarray  # (n,) uint8, 0 to 9

    def __len__(self) -> int:
        return len(self.labels)

    def picture(self, index: int) -> np.ndarray:
        """One digit as the networks take it, (28, 28) float32 in 0…1."""
        return self.images[index].astype("float32") / np.float32(255)


def _read_only(images: np.ndarray, labels: np.ndarray) -> Digits:
    for array in (images, labels):
        array.setflags(write=False)  # every visitor shares them
    return Digits(images, labels)


@cache
def _bundled() -> Digits:
    with np.load(PATH, allow_pickle=False) as file:
        return _read_only(file["x"], file["y"])


def _is_unseen(count: int) -> np.ndarray:
    return np.arange(count) % UNSEEN_EVERY == UNSEEN_EVERY - 1


@cache
def training() -> Digits:
    """The 9,000 digits that the bundled networks were trained on."""
    digits = _bundled()
    seen = ~_is_unseen(len(digits))
    return _read_only(digits.images[seen], digits.labels[seen])


@cache
def unseen() -> Digits:
    """The 1,000 digits that no bundled network was trained on, about 100 of each class.

    The file is ordered by class, so every tenth digit is a fair share of each.
    """
    digits = _bundled()
    left_out = _is_unseen(len(digits))
    return _read_only(digits.images[left_out], digits.labels[left_out])


@cache
def measured() -> dict:
    """What tools/measure_mnist.py measured on the unseen digits.

    {"shifts": pixels, "models": {key: {"accuracy", "accuracy_by_shift", "confusion", "wrong"}}}.
    """
    return json.loads(MEASURED.read_text())
