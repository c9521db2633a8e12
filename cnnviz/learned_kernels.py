"""The kernels of a network's first layer, and which classic ones they resemble."""

import math
from functools import cache

import numpy as np

from cnnviz import browser_network, registry
from cnnviz.kernels import KERNELS, cosine

NETWORK = "mnist_cnn"  # its first layer has 32 kernels of 3×3 on one channel
STATES = ("learned", "random")  # of that network: trained, and as Keras begins
RESEMBLES = 0.7  # from here on a cosine is told as "resembles"


def most_alike(values: np.ndarray) -> tuple[str, float]:
    """The classic kernel whose cosine with this one is largest, negative or not."""
    cosines = {key: cosine(values, kernel.values) for key, kernel in KERNELS.items()}
    key = max(cosines, key=lambda key: abs(cosines[key]))
    return key, cosines[key]


@cache
def of_network(state: str) -> np.ndarray:
    """The first layer's kernels of the MNIST CNN: (32, 3, 3) float32, read-only.

    Args:
        state: "learned", or "random": what Keras begins with before training.
    """
    variant = {"learned": "trained", "random": "random"}[state]
    shape = registry.load(NETWORK).layers[0].kernel.shape  # (3, 3, 1, 32), and first in the row
    row = np.frombuffer(browser_network.weights(NETWORK, variant), "<f4")
    tiles = row[: math.prod(shape)].reshape(shape)[:, :, 0].transpose(2, 0, 1)
    tiles.setflags(write=False)
    return tiles


@cache
def resembling(state: str) -> int:
    """How many of those kernels resemble a classic one: |cosine| of at least 0.7."""
    return sum(abs(most_alike(values)[1]) >= RESEMBLES for values in of_network(state))
