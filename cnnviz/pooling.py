"""Max and average pooling, ReLU and flatten: what follows a convolution, with no parameters."""

from collections.abc import Callable

import numpy as np

from cnnviz import arithmetic


def _pool(maps: np.ndarray, size: int, stride: int | None, reduce: Callable) -> np.ndarray:
    maps = np.asarray(maps, "float64")
    if maps.ndim not in (2, 3):
        raise ValueError(
            f"Expected maps (height, width) or (height, width, channels), got {maps.shape}."
        )
    stride = size if stride is None else stride
    for side in maps.shape[:2]:
        arithmetic.output_size(side, size, stride)  # refuses what does not fit
    views = np.lib.stride_tricks.sliding_window_view(maps, (size, size), axis=(0, 1))
    return reduce(views[::stride, ::stride], axis=(-2, -1))


def max_pool(maps: np.ndarray, size: int = 2, stride: int | None = None) -> np.ndarray:
    """The largest value of every size×size window, each map by itself.

    Args:
        maps: (H, W) or (H, W, C).
        size: Side of the window.
        stride: Steps between windows; the size where it is not given. Windows that would stick out
            are left out (floor).

    Returns:
        (h, w) or (h, w, C) float64.
    """
    return _pool(maps, size, stride, np.max)


def average_pool(maps: np.ndarray, size: int = 2, stride: int | None = None) -> np.ndarray:
    """The mean of every window; arguments and result as for `max_pool`."""
    return _pool(maps, size, stride, np.mean)


def relu(maps: np.ndarray) -> np.ndarray:
    """max(0, x)."""
    return np.maximum(np.asarray(maps, "float64"), 0)


def flatten(maps: np.ndarray) -> np.ndarray:
    """(H, W, C) → (H·W·C,) in Keras' order: row, column, channel."""
    return np.asarray(maps, "float64").reshape(-1)
