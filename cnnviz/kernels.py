"""Classic kernels of image processing, as data: what networks learn by themselves.

Written for the cross-correlation of `cnnviz.convolution`: a kernel is laid on the image as it
stands. Values are exact fractions; nothing is scaled or clipped.
"""

from dataclasses import dataclass

import numpy as np


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
        Kernel("sobel_x", ((1, 0, -1), (2, 0, -2), (1, 0, -1))),
        Kernel("sobel_y", ((1, 2, 1), (0, 0, 0), (-1, -2, -1))),
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
