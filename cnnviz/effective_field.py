"""How much each pixel of the input really moves a unit: the effective receptive field, measured.

Source: Luo, Li, Urtasun, Zemel 2016, https://arxiv.org/abs/1701.04128. The theoretical field says
which pixels *can* reach a unit; the gradient says how strongly each of them does.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from cnnviz import browser_network, mnist, registry

KEY = "mnist_cnn"
VARIANTS = browser_network.VARIANTS  # trained, random
LAYERS = ("conv1", "pool1", "conv2", "pool2", "conv3")
COUNTS = (1, 10, 100)  # digits averaged over
# On blank paper all values of a pooling window are equal: which of them is the maximum, and gets
# the gradient, would be the library's choice, and show as a grid. A little noise decides.
NOISE = 0.01  # of full brightness, at most
SEED = 0


def digits(count: int) -> np.ndarray:
    """(count, 28, 28, 1) float32: unseen digits in 0…1, evenly from all classes, with noise."""
    images = mnist.unseen().images
    first = len(images) // count // 2
    chosen = images[first :: len(images) // count][:count]
    noise = np.random.default_rng(SEED).uniform(0, NOISE, (count, 28, 28))
    return (chosen / 255 + noise)[..., np.newaxis].astype("float32")


@cache
def _network(variant: str):
    """The bundled model, or its like with the random weights that all lessons share."""
    trained = registry.load(KEY)
    if variant == "trained":
        return trained
    import keras

    fresh = keras.models.clone_model(trained)
    shapes = [weight.shape for weight in trained.get_weights()]
    values = np.frombuffer(browser_network.weights(KEY, variant), "<f4")
    parts = np.split(values, np.cumsum([np.prod(shape, dtype=int) for shape in shapes])[:-1])
    fresh.set_weights([part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)])
    return fresh


@cache
def _until(variant: str, layer: str):
    """The network cut behind a layer."""
    import keras

    network = _network(variant)
    return keras.Model(network.inputs[0], network.get_layer(layer).output)


def gradient_energy(network, row: int, column: int, pictures: np.ndarray) -> np.ndarray:
    """Mean of (∂y/∂x)² over pictures and over the channels y of the last maps at one place.

    Args:
        network: A Keras model from pictures (n, H, W, C) to maps (n, h, w, channels).
        row: Of the place in the maps, from 0.
        column: Of the place in the maps, from 0.
        pictures: (n, H, W, C) float32.

    Returns:
        (H, W) float64, summed over the channels of the picture; 0 where a pixel moves nothing.
    """
    import tensorflow as tf

    batch = tf.constant(pictures)
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(batch)
        units = tf.unstack(network(batch, training=False)[:, row, column], axis=-1)
    # One channel after the other: a sum of channels would let their gradients cancel out.
    squares = [tf.reduce_mean(tape.gradient(unit, batch) ** 2, 0).numpy() for unit in units]
    return np.mean(squares, axis=0, dtype="float64").sum(-1)


@lru_cache(maxsize=128)
def measured(variant: str, layer: str, row: int, column: int, count: int) -> np.ndarray:
    """(28, 28) float64, read-only: the energy for one place of the MNIST CNN."""
    energy = gradient_energy(_until(variant, layer), row, column, digits(count))
    energy.setflags(write=False)
    return energy


@dataclass(frozen=True)
class Summary:
    """What a map of energies (H, W) says inside a field; the lengths are in pixels."""

    central: float  # share of the energy in the central half of the rows and columns
    uniform: float  # what that share would be if all pixels of the field counted alike
    mean: tuple[float, float]  # (row, column) of the centre of mass
    deviation: tuple[float, float]  # standard deviations down and across
    overlap: float  # of the profile across with a Gaussian of the same mean and deviation, 0…1
    profile: list[float]  # shares of the energy by column; they add up to 1
    gaussian: list[float]  # the Gaussian that it is compared with


def profile(energy: np.ndarray, axis: int) -> np.ndarray:
    """Shares of the energy by row (axis 0) or by column (axis 1); they add up to 1."""
    shares = energy.sum(1 - axis)
    return shares / shares.sum()


def gaussian(length: int, mean: float, deviation: float) -> np.ndarray:
    """A normal distribution at the whole numbers 0 … length − 1, scaled to add up to 1."""
    heights = np.exp(-0.5 * ((np.arange(length) - mean) / deviation) ** 2)
    return heights / heights.sum()


def central_half(start: int, size: int) -> tuple[int, int]:
    """First and last pixel of the middle half of a field, rounded to the next even margin."""
    margin = round(size / 4)
    return start + margin, start + size - 1 - margin


def summary(energy: np.ndarray, start: tuple[int, int], size: int) -> Summary | None:
    """Of a field that begins at (row, column) `start`; None where no energy arrives."""
    if not energy.sum() > 0:
        return None
    (top, bottom), (left, right) = (central_half(first, size) for first in start)
    inside = energy[max(0, top) : bottom + 1, max(0, left) : right + 1]
    mean, deviation = [], []
    for axis in (0, 1):
        shares = profile(energy, axis)
        places = np.arange(len(shares))
        mean.append(float((shares * places).sum()))
        deviation.append(float(np.sqrt((shares * (places - mean[axis]) ** 2).sum())))
    bell = gaussian(len(shares), mean[1], max(deviation[1], 1e-6))
    return Summary(
        central=float(inside.sum() / energy.sum()),
        uniform=(bottom - top + 1) * (right - left + 1) / size**2,
        mean=(mean[0], mean[1]),
        deviation=(deviation[0], deviation[1]),
        overlap=float(np.minimum(shares, bell).sum()),
        profile=shares.tolist(),
        gaussian=bell.tolist(),
    )
