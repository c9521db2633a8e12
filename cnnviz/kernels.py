"""Classic kernels of image processing, as data, and the arithmetic of kernels.

Written for the cross-correlation of `cnnviz.convolution`: a kernel is laid on the image as it
stands. Values are exact fractions; nothing is scaled or clipped.
"""

import math
from dataclasses import dataclass

import numpy as np

SIZES = (3, 5)  # pixels a side of the kernels that a visitor can write
LARGEST_WEIGHT = 1000  # of a kernel that a visitor writes
SMALLEST_DIVISOR, LARGEST_DIVISOR = 0.001, 10_000


@dataclass(frozen=True)
class Kernel:
    """A named square kernel."""

    key: str  # names its text: kernels.names.<key>
    rows: tuple[tuple[float, ...], ...]
    divisor: float = 1  # the rows are divided by it

    @property
    def values(self) -> np.ndarray:
        """(k, k) float64."""
        return np.array(self.rows, "float64") / self.divisor


KERNELS = {
    kernel.key: kernel
    for kernel in (
        # The lecture's two filters on its 6×6 image (part 2).
        Kernel("diagonal", ((1, -1, -1), (-1, 1, -1), (-1, -1, 1))),
        Kernel("vertical_line", ((-1, 1, -1), (-1, 1, -1), (-1, 1, -1))),
        Kernel("identity", ((0, 0, 0), (0, 1, 0), (0, 0, 0))),
        # Sobel and Feldman 1968, as the lecture prints them: bright on the left, bright on top.
        # Its "top sobel" is the second one once more.
        Kernel("sobel_x", ((1, 0, -1), (2, 0, -2), (1, 0, -1))),
        Kernel("sobel_y", ((1, 2, 1), (0, 0, 0), (-1, -2, -1))),
        Kernel("sobel_top_left", ((2, 1, 0), (1, 0, -1), (0, -1, -2))),
        Kernel("sobel_top_right", ((0, 1, 2), (-1, 0, 1), (-2, -1, 0))),
        Kernel("blur", ((1, 2, 1), (2, 4, 2), (1, 2, 1)), divisor=16),
        Kernel("mean", ((1, 1, 1), (1, 1, 1), (1, 1, 1)), divisor=9),
        Kernel("sharpen", ((0, -1, 0), (-1, 5, -1), (0, -1, 0))),
        Kernel("edge", ((-1, -1, -1), (-1, 8, -1), (-1, -1, -1))),
        Kernel("laplace", ((0, 1, 0), (1, -4, 1), (0, 1, 0))),
        Kernel("emboss", ((-2, -1, 0), (-1, 1, 1), (0, 1, 2))),
        Kernel(
            "blur_5",
            (
                (1, 4, 6, 4, 1),
                (4, 16, 24, 16, 4),
                (6, 24, 36, 24, 6),
                (4, 16, 24, 16, 4),
                (1, 4, 6, 4, 1),
            ),
            divisor=256,
        ),
    )
}


# Kernels in a link


def from_code(code: str, key: str = "") -> Kernel:
    """A kernel written as its weights row by row, "1,2,1,2,4,2,1,2,1/16".

    Args:
        code: 9 or 25 numbers from -1000 to 1000; behind a slash the divisor, 0.001 to 10,000.
        key: Of the new kernel.

    Raises:
        ValueError: If that is not what the text holds.

    >>> from_code("0,0,0,0,3,0,0,0,0/6").values[1, 1]
    0.5
    """
    weights, _, divisor = code[:1000].partition("/")
    numbers = [float(number) for number in weights.split(",")]
    divided_by = float(divisor or 1)
    size = math.isqrt(len(numbers))
    if size not in SIZES or size * size != len(numbers):
        raise ValueError(f"Expected 9 or 25 weights, got {len(numbers)}.")
    if not all(abs(number) <= LARGEST_WEIGHT for number in numbers):  # refuses nan, too
        raise ValueError(f"Expected weights from -{LARGEST_WEIGHT} to {LARGEST_WEIGHT}: {weights}.")
    if not SMALLEST_DIVISOR <= divided_by <= LARGEST_DIVISOR:
        raise ValueError(f"Expected a divisor from 0.001 to 10,000, got {divided_by}.")
    rows = tuple(tuple(numbers[at : at + size]) for at in range(0, size * size, size))
    return Kernel(key, rows, divided_by)


# Several times the same kernel


def repeated(kernel: Kernel, times: int) -> np.ndarray:
    """The one kernel that does at once what `times` passes of a kernel do.

    Passing a picture through a kernel n times is passing it once through the kernel convolved with
    itself n - 1 times; by the convolution theorem its spectrum is the n-th power.

    Args:
        kernel: Of k×k.
        times: Passes n, at least 1.

    Returns:
        (n·(k - 1) + 1, the same) float64, exact to about 1e-15 of the largest weight.
    """
    values = kernel.values
    if times == 1:
        return values  # exact: no rounding of a transform
    size = times * (len(values) - 1) + 1
    whole = np.fft.irfft2(np.fft.rfft2(values, (size, size)) ** times, (size, size))
    # Sums of products of weights that are not negative are not negative: what is, is rounding.
    return whole.clip(min=0) if values.min() >= 0 else whole


def keeps_brightness(kernel: Kernel) -> bool:
    """Whether an even area stays as it is: the weights sum to 1."""
    return bool(abs(kernel.values.sum() - 1) < 1e-9)


def is_blur(kernel: Kernel) -> bool:
    """Whether each result is a weighted mean: no weight is negative, together they are 1."""
    return keeps_brightness(kernel) and bool(kernel.values.min() >= 0)


def spread(values: np.ndarray) -> tuple[float, float]:
    """Standard deviation of a blur, in pixels: downwards and to the right.

    The weights are read as shares of a whole: σ² = Σ w·(x - m)² / Σ w with m = Σ w·x / Σ w. Passing
    n times makes it √n·σ, as variances of independent steps add up.

    Args:
        values: (k, k), none negative, not all zero.

    Raises:
        ValueError: If a weight is negative or all are zero: they are no shares of a whole.

    >>> spread(KERNELS["blur"].values)  # √0.5, as 1/4·1 + 1/2·0 + 1/4·1 = 0.5
    (0.7071067811865476, 0.7071067811865476)
    """
    if values.min() < 0 or not values.any():
        raise ValueError("Expected weights of which none is negative and not all are zero.")
    deviations = []
    for axis in (1, 0):  # the shares of the rows, then of the columns
        shares = values.sum(axis) / values.sum()
        places = np.arange(len(shares))
        deviations.append(float(np.sqrt((shares * (places - shares @ places) ** 2).sum())))
    return deviations[0], deviations[1]


# Alike


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """How alike two kernels are: Σ a·b / (‖a‖·‖b‖), 1 for the same pattern, -1 for its negative.

    Args:
        one: (k, k) of odd k; a smaller kernel is laid into the middle of zeros.
        other: (m, m).

    Returns:
        -1 to 1; strength does not count. 0 where a kernel is zero: it has no pattern.
    """
    size = max(len(one), len(other))
    a, b = (np.pad(kernel, (size - len(kernel)) // 2) for kernel in (one, other))
    norms = np.linalg.norm(a) * np.linalg.norm(b)
    return float((a * b).sum() / norms) if norms else 0.0
