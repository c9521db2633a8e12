"""Batch normalisation and local response normalisation, as the papers write them. NumPy alone.

Sources: Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167, algorithms 1 and 2; Krizhevsky,
Sutskever, Hinton 2012, https://papers.nips.cc/paper/4824, section 3.3.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Normalised:
    """One channel of a batch on its way through a batch normalisation."""

    mean: float  # μ, of the batch
    variance: float  # σ², of the batch, divided by m
    standard: np.ndarray  # x̂ = (x − μ) / √(σ² + ε)
    output: np.ndarray  # y = γ·x̂ + β


def batch_normalise(
    values: np.ndarray, gamma: float = 1.0, beta: float = 0.0, epsilon: float = 1e-3
) -> Normalised:
    """In training: all values of one channel, over pictures, rows and columns.

    >>> batch_normalise(np.array([1.0, 3.0]), epsilon=0).output.tolist()
    [-1.0, 1.0]
    """
    values = np.asarray(values, "float64")
    mean, variance = values.mean(), values.var()
    return Normalised(
        float(mean), float(variance), *_normalise(values, mean, variance, gamma, beta, epsilon)
    )


def normalise_with(
    values: np.ndarray,
    mean: float,
    variance: float,
    gamma: float = 1.0,
    beta: float = 0.0,
    epsilon: float = 1e-3,
) -> np.ndarray:
    """In use: with the moving averages, so that the other pictures of a batch do not matter."""
    return _normalise(np.asarray(values, "float64"), mean, variance, gamma, beta, epsilon)[1]


def _normalise(values, mean, variance, gamma, beta, epsilon) -> tuple[np.ndarray, np.ndarray]:
    standard = (values - mean) / np.sqrt(variance + epsilon)
    return standard, gamma * standard + beta


def moving_average(start: float, value: float, momentum: float, steps: int) -> float:
    """After a number of batches that all have the same mean (or variance).

    Each does moving ← momentum·moving + (1 − momentum)·value, as Keras does, so that
    start·momentumⁿ + value·(1 − momentumⁿ) is left.
    """
    return start * momentum**steps + value * (1 - momentum**steps)


def local_response(
    channels: np.ndarray, size: int = 5, bias: float = 2.0, alpha: float = 1e-4, beta: float = 0.75
) -> np.ndarray:
    """b_i = a_i / (bias + alpha·Σ a_j²)^beta over the `size` channels around i; at the end fewer.

    Args:
        channels: (..., channels): the values of all channels at each place.

    >>> local_response(np.array([2.0]), size=1, bias=0, alpha=1, beta=0.5).tolist()
    [1.0]
    """
    channels = np.asarray(channels, "float64")
    count, around = channels.shape[-1], size // 2
    squares = np.zeros_like(channels)
    for channel in range(count):
        near = channels[..., max(0, channel - around) : channel + around + 1]
        squares[..., channel] = (near**2).sum(-1)
    return channels / (bias + alpha * squares) ** beta
