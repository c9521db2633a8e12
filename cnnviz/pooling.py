"""Max and average pooling, ReLU and flatten: what follows a convolution, with no parameters.

And the shift that shows how robust pooling is: Zhang 2019, https://arxiv.org/abs/1904.11486.
"""

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
    for axis, side in enumerate(maps.shape[:2]):  # a maximum or a sum may go one way first
        arithmetic.output_size(side, size, stride)  # refuses what does not fit
        views = np.lib.stride_tricks.sliding_window_view(maps, size, axis=axis)
        starts = (slice(None),) * axis + (slice(None, None, stride),)
        maps = reduce(views[starts], axis=-1)
    return maps


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
    return _pool(maps, size, stride, np.sum) / size**2


def shift(maps: np.ndarray, right: int = 0, down: int = 0) -> np.ndarray:
    """The maps moved by whole cells; what comes in from outside repeats the border (edge).

    Zeros would not do: among negative values a zero is the largest of its window.

    Args:
        maps: (H, W) or (H, W, C).
        right: Cells to the right, negative to the left.
        down: Cells down, negative up.

    Returns:
        A new array of the same shape and type.
    """
    maps = np.asarray(maps)
    rows, columns = (
        np.clip(np.arange(side) - by, 0, side - 1)
        for side, by in zip(maps.shape[:2], (down, right), strict=True)
    )
    return maps[np.ix_(rows, columns)]


def relu(maps: np.ndarray) -> np.ndarray:
    """max(0, x)."""
    return np.maximum(np.asarray(maps, "float64"), 0)


def flatten(maps: np.ndarray) -> np.ndarray:
    """(H, W, C) → (H·W·C,) in Keras' order: row, column, channel."""
    return np.asarray(maps, "float64").reshape(-1)
