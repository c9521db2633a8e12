"""One convolution layer, window by window, as the lecture does it by hand (part 2). NumPy alone.

As in every deep-learning library the kernel is not flipped: this is the cross-correlation
y[i, j, k] = b[k] + Σ_u Σ_v Σ_c x[i·s + d·u, j·s + d·v, c] · w[u, v, c, k].
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cnnviz import arithmetic

Padding = int | Literal["same"]


@dataclass(frozen=True)
class Window:
    """One position of the kernel: where its result goes, what it sees, how the sum comes about."""

    row: int  # of the output
    column: int  # of the output
    patch: np.ndarray  # (kernel, kernel) or (kernel, kernel, channels), zeros where padded
    products: np.ndarray  # patch · kernel, the same shape
    total: float  # the sum of the products


def as_channels(image: np.ndarray) -> np.ndarray:
    """(H, W) or (H, W, C) → (H, W, C) float64.

    Raises:
        ValueError: If there are no pixels, or numbers that are not finite.
    """
    image = np.asarray(image, "float64")
    if image.ndim == 2:
        image = image[..., np.newaxis]
    if image.ndim != 3 or image.size == 0:
        raise ValueError(
            f"Expected an image (height, width) or (height, width, channels), got {image.shape}."
        )
    if not np.isfinite(image).all():
        raise ValueError("Expected finite numbers, got an image with infinity or not-a-number.")
    return image


def padded(
    image: np.ndarray, kernel: int, stride: int, padding: Padding, dilation: int
) -> np.ndarray:
    """The image (H, W, C) with its border of zeros."""
    sides = [
        arithmetic.same_padding(size, kernel, stride, dilation)
        if padding == "same"
        else (padding, padding)
        for size in image.shape[:2]
    ]
    return np.pad(image, [*sides, (0, 0)])


def _patches(image: np.ndarray, kernel: int, stride: int, dilation: int) -> np.ndarray:
    """All windows of a padded image (H, W, C) as a view (h, w, kernel, kernel, C)."""
    for size in image.shape[:2]:
        arithmetic.output_size(size, kernel, stride, 0, dilation)  # refuses what does not fit
    span = arithmetic.effective_kernel(kernel, dilation)
    views = np.lib.stride_tricks.sliding_window_view(image, (span, span), axis=(0, 1))
    views = views[::stride, ::stride, :, ::dilation, ::dilation]
    return views.transpose(0, 1, 3, 4, 2)


def _as_kernels(kernels: np.ndarray, channels: int) -> np.ndarray:
    """(k, k), (k, k, C) or (k, k, C, filters) → (k, k, C, filters) float64, checked."""
    kernels = np.asarray(kernels, "float64")
    shape = kernels.shape
    if kernels.ndim == 2:
        kernels = kernels[:, :, np.newaxis]
    if kernels.ndim == 3:
        kernels = kernels[..., np.newaxis]
    fits = kernels.ndim == 4 and kernels.shape[0] == kernels.shape[1] and kernels.size
    if not fits or kernels.shape[2] != channels:
        raise ValueError(
            f"Expected square kernels (k, k, {channels}, filters) for an image with {channels} "
            f"channel(s), got {shape}. A filter always spans the full depth of its input."
        )
    return kernels


def convolve(
    image: np.ndarray,
    kernels: np.ndarray,
    stride: int = 1,
    padding: Padding = 0,
    bias: float | np.ndarray = 0,
    dilation: int = 1,
) -> np.ndarray:
    """Slide every kernel over the image; each gives one channel of the result.

    Args:
        image: (H, W) or (H, W, C).
        kernels: (k, k) for one filter on one channel, (k, k, C) for one filter, or
            (k, k, C, filters) as Keras keeps them.
        stride: Steps between windows, both ways.
        padding: Zeros on each side, or "same" as in Keras.
        bias: One number, or one for each filter.
        dilation: Distance between the pixels that neighbouring weights see.

    Returns:
        (h, w, filters) float64, h = ⌊(H + 2p − d(k − 1) − 1) / s⌋ + 1; never clipped.

    Raises:
        ValueError: If a kernel is larger than the padded image, or does not span its channels.
    """
    image = as_channels(image)
    kernels = _as_kernels(kernels, image.shape[2])
    size = kernels.shape[0]
    patches = _patches(padded(image, size, stride, padding, dilation), size, stride, dilation)
    return np.tensordot(patches, kernels, axes=3) + bias


def windows(
    image: np.ndarray,
    kernel: np.ndarray,
    stride: int = 1,
    padding: Padding = 0,
    dilation: int = 1,
) -> Iterator[Window]:
    """Every step of one filter over the image, row by row, with its products and their sum."""
    given = np.asarray(kernel, "float64")
    image = as_channels(image)
    weights = _as_kernels(given, image.shape[2])[..., 0]
    size = weights.shape[0]
    patches = _patches(padded(image, size, stride, padding, dilation), size, stride, dilation)
    for row, column in np.ndindex(patches.shape[:2]):
        patch = patches[row, column].reshape(given.shape)
        products = patch * given
        yield Window(row, column, patch, products, float(products.sum()))
