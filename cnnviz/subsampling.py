"""Fewer pixels, the same object: pictures made smaller, and what a network still reads in them.

Lecture, part 1, third property of images. A bundled network takes 28×28 pixels: a smaller digit is
enlarged again, every pixel to a square, before the network reads it.
"""

from collections.abc import Callable

import numpy as np

from cnnviz import mnist, network, pooling

FACTORS = (1, 2, 4, 8, 16)  # of a photograph's sides
DIGIT_FACTORS = (1, 2, 4, 7, 14)  # those that divide 28
BATCH = 250  # digits that are read at once

# How one pixel comes from factor×factor: "pick" takes the upper left one, as a stride does.
METHODS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "mean": pooling.average_pool,
    "max": pooling.max_pool,
    "pick": lambda image, factor: pooling.max_pool(image, 1, factor),
}


def subsample(image: np.ndarray, factor: int, method: str) -> np.ndarray:
    """One pixel for every factor×factor.

    Args:
        image: (H, W) or (H, W, C), at least factor pixels a side.
        factor: 1 or more.
        method: A key of METHODS.

    Returns:
        (⌊H / factor⌋, ⌊W / factor⌋) or with C, float64: what does not fill a square is left out.
    """
    height, width = (side // factor * factor for side in image.shape[:2])
    return METHODS[method](image[:height, :width], factor)


def _digits(images: np.ndarray, factor: int, method: str) -> np.ndarray:
    """(n, 28, 28) uint8 → (n, 28 / factor, 28 / factor) float32 in 0…1."""
    channels = images.transpose(1, 2, 0) / np.float32(255)
    return subsample(channels, factor, method).transpose(2, 0, 1).astype("float32")


def small_digits(factor: int, method: str) -> np.ndarray:
    """The unseen digits, (1000, 28 / factor, 28 / factor) float32 in 0…1."""
    return _digits(mnist.unseen().images, factor, method)


def network_reads(factor: int, method: str, key: str = "mnist_cnn") -> np.ndarray:
    """(1000, 10) logits of a network for the unseen digits, made smaller and enlarged again."""
    small = small_digits(factor, method)
    seen = small.repeat(factor, axis=1).repeat(factor, axis=2)[..., np.newaxis]
    batches = [seen[start : start + BATCH] for start in range(0, len(seen), BATCH)]
    return np.concatenate([network.logits(key, batch) for batch in batches])


def neighbour_reads(factor: int, method: str) -> np.ndarray:
    """(1000,) labels: of the 9,000 training digits at this size, the one nearest to each unseen.

    Cover and Hart 1967, https://doi.org/10.1109/TIT.1967.1053964. Nothing is trained: what it reads
    right is still in the pixels.
    """
    known = _digits(mnist.training().images, factor, method).reshape(len(mnist.training()), -1)
    asked = small_digits(factor, method).reshape(len(mnist.unseen()), -1)
    # ‖k − a‖² without ‖a‖², which is the same for all k.
    distances = (known**2).sum(axis=1)[:, np.newaxis] - 2 * known @ asked.T
    return mnist.training().labels[distances.argmin(axis=0)]


def accuracy(labels: np.ndarray) -> float:
    """The share of the unseen digits that are read right."""
    return float((labels == mnist.unseen().labels).mean())
